package profile

import (
	"strings"

	"github.com/seccompile/seccompile/internal/jsonpos"
)

// seccompProfile is the dialect of SeccompProfile resources of the Kubernetes
// security-profiles-operator, or of their spec alone: OCI's keys and the name of a
// base.
type seccompProfile struct{ docker }

func (seccompProfile) name() string { return "seccompprofile" }

func (seccompProfile) keys(at level) []string { return seccompProfileKeys[at] }

var seccompProfileKeys = [...][]string{
	levelTop:   {"defaultAction", "architectures", "flags", "listenerPath", "listenerMetadata", "syscalls", "baseProfileName", "disabled"},
	levelEntry: {"names", "action", "errnoRet", "args"},
	levelArg:   dockerKeys[levelArg],
	levelGuard: nil,
}

func (seccompProfile) path() []string { return []string{"spec"} }

func (seccompProfile) is(v *jsonpos.Value) bool {
	return v.Named("kind") != nil && v.Named("defaultAction") == nil || v.Named("spec") != nil
}

// wraps reports whether the object is a SeccompProfile resource. Anything
// else of a kind is a fault.
func (seccompProfile) wraps(r *reader, v *jsonpos.Value) bool {
	kind, group := v.Named("kind"), v.Named("apiVersion")
	switch {
	case len(kind) == 0:
		r.failf(CodeUnsupported, v, "the text has a spec and no kind (write \"kind\": \"SeccompProfile\", or the profile alone)")
	case kind[0].Value.Text != "SeccompProfile":
		r.failf(CodeUnsupported, &kind[0].Value, "kind %q is not a profile, only a SeccompProfile is one (a Pod names its profile: use --pod or ParseKubernetes)", kind[0].Value.Text)
	case len(group) > 0 && !strings.HasPrefix(group[0].Value.Text, resourceGroup):
		r.failf(CodeUnsupported, &group[0].Value, "apiVersion %q is not one of %s, so its spec may not be a profile (extract the profile)", group[0].Value.Text, strings.TrimSuffix(resourceGroup, "/"))
	default:
		return true
	}
	return false
}

// resourceGroup is the API group of SeccompProfile resources.
const resourceGroup = "security-profiles-operator.x-k8s.io/"
