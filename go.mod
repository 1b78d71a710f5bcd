module github.com/seccompile/seccompile

go 1.26.0
