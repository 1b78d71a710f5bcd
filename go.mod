module github.com/seccompile/seccompile

go 1.25.0

require (
	github.com/google/go-cmp v0.7.0
	golang.org/x/net v0.55.0
	golang.org/x/sys v0.45.0
)
