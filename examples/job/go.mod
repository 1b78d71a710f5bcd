module github.com/seccompile/seccompile/examples/job

go 1.25.0

require (
	github.com/seccompile/seccompile v0.0.0
	golang.org/x/sys v0.45.0
)

require golang.org/x/net v0.55.0 // indirect

replace github.com/seccompile/seccompile => ../..
