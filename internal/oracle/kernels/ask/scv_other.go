//go:build !ppc64le

package main

// vectored is for ppc64le.
func vectored() string { return "" }
