package sweep

import (
	"encoding"
	"encoding/json"
	"math/rand"
	"reflect"
	"strings"
	"testing"
)

// TestTexts: what an exported type writes as text, as bytes or in JSON it reads back as
// the same value, or it is an error to write it, or an error to read it that says how
// else. None writes what it has no method to read.
func TestTexts(t *testing.T) {
	s := &sweep{t: t, rand: rand.New(rand.NewSource(1)), dir: t.TempDir(), seen: map[string]bool{}}
	written := map[string]int{}
	for _, name := range sorted(types) {
		ptr := reflect.TypeOf(types[name])
		for _, form := range []string{"Text", "Binary", "JSON"} {
			_, writes := ptr.MethodByName("Marshal" + form)
			_, reads := ptr.MethodByName("Unmarshal" + form)
			if writes != reads {
				t.Errorf("%s: Marshal%s is there: %v, Unmarshal%s: %v", name, form, writes, form, reads)
			}
			if _, byValue := ptr.Elem().MethodByName("Marshal" + form); writes && !byValue && form != "Binary" {
				t.Errorf("%s: Marshal%s is a method of the pointer alone: encoding/json ignores it for a value", name, form)
			}
		}
		if _, ok := types[name].(encoding.TextUnmarshaler); !ok {
			continue
		}
		for j := range 3000 {
			v := reflect.New(ptr.Elem())
			if s.kind = random; j < 256 {
				s.small(v.Elem(), uint64(j))
			} else {
				s.fill(v.Elem(), 0)
			}
			if written[name] += s.roundTrip(name, v); t.Failed() {
				return // one of a kind
			}
		}
	}
	for _, name := range sorted(types) {
		if _, ok := types[name].(encoding.TextUnmarshaler); ok && written[name] == 0 && name != "install.Program" { // has no exported field to fill
			t.Errorf("%s: no value has a text", name)
		}
	}
}

// small sets every number in v to n: all values of small enumerations.
func (s *sweep) small(v reflect.Value, n uint64) {
	switch {
	case !v.CanSet():
	case v.CanUint():
		v.SetUint(n)
	case v.CanInt():
		v.SetInt(int64(n))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			s.small(v.Field(i), n%16)
		}
	}
}

// roundTrip writes v and reads it, by its methods, as a value of JSON and as a key. It
// returns 1 if v has a text.
func (s *sweep) roundTrip(name string, v reflect.Value) int {
	text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
	if err != nil {
		if _, err := json.Marshal(v.Elem().Interface()); err == nil {
			s.t.Errorf("%s: %#v has no text, and is written in JSON", name, v.Elem())
		}
		return 0
	}
	again := reflect.New(v.Type().Elem())
	if err := again.Interface().(encoding.TextUnmarshaler).UnmarshalText(text); err != nil || !reflect.DeepEqual(again.Interface(), v.Interface()) {
		s.t.Errorf("%s: %#v is written %q, and read as %#v, %v", name, v.Elem(), text, again.Elem(), err)
	}
	if !v.Elem().Comparable() {
		return 1
	}
	m := reflect.MakeMap(reflect.MapOf(v.Type().Elem(), v.Type().Elem()))
	m.SetMapIndex(v.Elem(), v.Elem())
	in, err := json.Marshal(m.Interface())
	out := reflect.New(m.Type())
	if err != nil || !strings.Contains(string(in), ":") || json.Unmarshal(in, out.Interface()) != nil || !reflect.DeepEqual(out.Elem().Interface(), m.Interface()) {
		s.t.Errorf("%s: %v is %s in JSON, %v, and read as %v", name, m, in, err, out.Elem())
	}
	return 1
}
