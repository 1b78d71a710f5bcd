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

// FromStruct returns the profile in a Go value: a specs.LinuxSeccomp of the OCI runtime
// specification (github.com/opencontainers/runtime-spec/specs-go), a pointer to one, or a
// struct with fields of the same names. It reads the value as [Parse] reads the
// linux.seccomp section of a config.json, with two differences. Faults and notes name the
// field, such as "specs.LinuxSeccomp.Syscalls[3].Action", and FromStruct keeps what
// encoding/json omits: Flags that are empty but not nil request no flags.
//
// Fields of an embedded struct count as fields of the outer struct, as in Go. It is an
// error if two embedded structs have the same field. JSON tags are ignored.
//
// A nil slice or pointer, or an empty string, counts as a missing key. A field that OCI
// does not have counts as an unknown key, unless it is zero. A nil value is an error,
// since runtimes take it for a container without seccomp.
//
// ParseOptions.File replaces the name of the type in positions, and the dialect is OCI
// unless ParseOptions.Dialect says otherwise.
func FromStruct(value any, o ParseOptions) (*Profile, error) {
	if !o.Dialect.valid() {
		return nil, fmt.Errorf("ParseOptions.Dialect is %s (Auto means OCI)", o.Dialect)
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
	for n := 0; v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface; n++ {
		if n == maxStruct {
			return nil, s.tooDeep("")
		}
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
	if _, ok := v.Type().FieldByName("DefaultAction"); !ok {
		return nil, &Error{CodeType, s.pos, "", errors.New("a struct without a field DefaultAction (pass a specs.LinuxSeccomp, which a specs.Spec has as Linux.Seccomp)")}
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

func (s *structReader) tooDeep(path string) *Error {
	return &Error{CodeTooLarge, s.pos, path, fmt.Errorf("more than %d values inside each other (is it the right struct?)", maxStruct)}
}

// value returns a Go value at a JSON Pointer as a part of the tree.
func (s *structReader) value(v reflect.Value, path string) jsonpos.Value {
	s.depth++
	defer func() { s.depth-- }()
	switch {
	case s.fault != nil:
		return jsonpos.Value{}
	case s.depth > maxStruct:
		s.fault = s.tooDeep(path)
		return jsonpos.Value{}
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
	return s.fail(CodeType, path, "a %s, which profiles cannot have (leave it out)", v.Type())
}

// fields returns a struct as an object, without the fields that say nothing. An embedded
// struct has fields for the one around it; an embedded value of another type is a field.
func (s *structReader) fields(v reflect.Value, path string) jsonpos.Value {
	object := s.object(s.pos)
	if name := ambiguous(v.Type(), v.Type(), map[reflect.Type]bool{}); name != "" {
		return s.fail(CodeDuplicateKey, path+"/"+keyOf(name), "two embedded structs have this field (write it in the struct itself)")
	}
	for _, f := range reflect.VisibleFields(v.Type()) {
		if f.Anonymous && embedsFields(f.Type) || !f.IsExported() {
			continue
		}
		field, err := v.FieldByIndexErr(f.Index)
		if err != nil {
			continue // in an embedded struct that is nil
		}
		key := keyOf(f.Name)
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

// embedsFields reports whether the fields of a type belong to the struct that embeds it.
func embedsFields(t reflect.Type) bool {
	return t.Kind() == reflect.Struct || t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct
}

// ambiguous returns the name of a field that structs embedded in t have, and of which root has
// neither since two are equally deep, or "". Go and encoding/json leave out both.
func ambiguous(root, t reflect.Type, seen map[reflect.Type]bool) (name string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if seen[t] {
		return ""
	}
	seen[t] = true
	for i := 0; i < t.NumField() && name == ""; i++ {
		f := t.Field(i)
		if f.Anonymous && embedsFields(f.Type) {
			name = ambiguous(root, f.Type, seen)
		} else if _, ok := root.FieldByName(f.Name); !ok && f.IsExported() && isKey(keyOf(f.Name)) {
			name = f.Name
		}
	}
	return name
}

// keyOf returns the key for a field.
func keyOf(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// isKey reports whether some dialect has the key.
func isKey(key string) bool {
	for at := levelTop; at <= levelGuard; at++ {
		if knownAt(key, at) {
			return true
		}
	}
	return false
}
