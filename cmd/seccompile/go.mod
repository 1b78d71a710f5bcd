module github.com/seccompile/seccompile/cmd/seccompile

go 1.25.0

require (
	github.com/google/go-cmp v0.7.0
	github.com/seccompile/seccompile v0.1.0
	github.com/spf13/cobra v1.10.2
	github.com/spf13/pflag v1.1.0
	go.yaml.in/yaml/v3 v3.0.6
	golang.org/x/arch v0.30.0
	golang.org/x/net v0.55.0
	golang.org/x/sys v0.45.0
	golang.org/x/term v0.43.0
)

require github.com/inconshreveable/mousetrap v1.1.0 // indirect
