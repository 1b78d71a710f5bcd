module github.com/seccompile/seccompile/examples/runtime

go 1.25.0

require (
	github.com/opencontainers/runtime-spec v1.3.0
	github.com/seccompile/seccompile v0.0.0
)

require (
	golang.org/x/net v0.55.0 // indirect
	golang.org/x/sys v0.45.0 // indirect
)

replace github.com/seccompile/seccompile => ../..
