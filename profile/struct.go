package profile

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/profile/policy"
)

// Limits on a struct. A profile has five levels, and a text at most as many values
// (internal/jsonpos).
const (
	maxStruct       = 10
	maxStructValues = 1 << 18
)

// FromStruct returns the profile that a Go value has: a specs.LinuxSeccomp of the OCI
// runtime specification (github.com/opencontainers/runtime-spec/specs-go), a pointer to
// one, or a struct with fields of the same names. It reads the value as [Parse] reads the
// linux.seccomp section of a config.json, with two differences. Faults and notes name the
// field, such as "specs.LinuxSeccomp.Syscalls[3].Action", and nothing is lost that
// encoding/json omits: Flags that are empty and not nil ask for no flags.
//
// A nil slice or pointer, or an empty string, counts as a missing key. A field that OCI
// does not have counts as an unknown key, unless it is zero. A nil value is an error,
// since runtimes take it for a container without seccomp.
//
// ParseOptions.File replaces the name of the type in positions, and the dialect is OCI
// unless ParseOptions.Dialect says otherwise.
func FromStruct(value any, o ParseOptions) (*Profile, error) {
	if !o.Dialect.valid() {
		return nil, fmt.Errorf("ParseOptions.Dialect is %s (Auto stands for OCI)", o.Dialect)
	}
	if o.Dialect == Auto {
		o.Dialect = OCI
	}
	v := reflect.ValueOf(value)
	name := "nil"
	if v.IsValid() {
		name = strings.TrimLeft(v.Type().String(), "*")
		if v.Kind() == reflect.Struct && v.Type().Name() == "" {
			name = "struct"
		}
	}
	s := &structReader{pos: policy.Pos{File: name}}
	if o.File != "" {
		s.pos.File = o.File
	}
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	switch {
	case !v.IsValid():
		return nil, &Error{CodeEmpty, s.pos, "", errors.New("nil: runtimes take this for no seccomp at all and run the container unconfined")}
	case v.Kind() != reflect.Struct:
		return nil, &Error{CodeType, s.pos, "", fmt.Errorf("%s where a struct should be (pass a specs.LinuxSeccomp)", v.Kind())}
	}
	root := s.value(v, "")
	if s.fault != nil {
		return nil, s.fault
	}
	return s.reader(&root, o.Dialect).read(&root, o.Strict)
}

// A structReader makes a tree of a Go value.
type structReader struct {
	tree
	pos   policy.Pos
	depth int
	fault *Error // the first, after which nothing is read
}

func (s *structReader) fail(code Code, path, format string, args ...any) jsonpos.Value {
	s.fault = &Error{code, s.pos, path, fmt.Errorf(format, args...)}
	return jsonpos.Value{}
}

// value returns a Go value at a JSON Pointer as a part of the tree.
func (s *structReader) value(v reflect.Value, path string) jsonpos.Value {
	s.depth++
	defer func() { s.depth-- }()
	switch {
	case s.fault != nil:
		return jsonpos.Value{}
	case s.depth > maxStruct:
		return s.fail(CodeTooLarge, path, "more than %d values inside each other (is it the right struct?)", maxStruct)
	case len(s.places) >= maxStructValues:
		return s.fail(CodeTooLarge, path, "more than %d values (is it the right struct?)", maxStructValues)
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return s.value(v.Elem(), path)
		}
		return s.tree.value(jsonpos.Null, "", s.pos)
	case reflect.Struct:
		return s.fields(v, path)
	case reflect.Slice, reflect.Array:
		list := s.array(s.pos)
		for i := 0; i < v.Len() && s.fault == nil; i++ {
			list.Append(s.value(v.Index(i), path+"/"+strconv.Itoa(i)))
		}
		return list
	case reflect.String:
		return s.text(v.String(), s.pos)
	case reflect.Bool:
		return s.tree.value(jsonpos.Boolean, strconv.FormatBool(v.Bool()), s.pos)
	}
	switch {
	case v.CanInt():
		return s.tree.value(jsonpos.Number, strconv.FormatInt(v.Int(), 10), s.pos)
	case v.CanUint():
		return s.number(v.Uint(), s.pos)
	}
	return s.fail(CodeType, path, "a %s, which no profile has (leave it out)", v.Type())
}

// fields returns a struct as an object, without the fields that say nothing.
func (s *structReader) fields(v reflect.Value, path string) jsonpos.Value {
	object := s.object(s.pos)
	for _, f := range reflect.VisibleFields(v.Type()) {
		if f.Anonymous || !f.IsExported() {
			continue
		}
		field, err := v.FieldByIndexErr(f.Index)
		if err != nil {
			continue // in an embedded struct that is nil
		}
		key := strings.ToLower(f.Name[:1]) + f.Name[1:]
		switch field.Kind() {
		case reflect.Slice, reflect.Pointer, reflect.Interface, reflect.Map, reflect.Func, reflect.Chan:
			if field.IsNil() {
				continue
			}
		case reflect.String:
			if field.Len() == 0 {
				continue
			}
		default:
			if field.IsZero() && !isKey(key) {
				continue
			}
		}
		object.Set(key, s.value(field, path+"/"+key))
	}
	return object
}

// isKey reports whether some dialect has the key.
func isKey(key string) bool {
	for at := levelTop; at <= levelGuard; at++ {
		if knownAt(key, at) {
			return true
		}
	}
	return false
}
