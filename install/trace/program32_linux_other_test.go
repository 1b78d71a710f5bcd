//go:build linux && !amd64

package trace

func program32() []byte { return nil }
