package web

import (
	"testing"

	"github.com/seccompile/seccompile/seccomptest"
)

func TestProfile(t *testing.T) {
	seccomptest.Run(t, "testdata", seccomptest.Options{Complete: true})
}
