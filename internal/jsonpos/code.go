package jsonpos

// A Code names a kind of fault. The packages that read texts add their own.
type Code string

const (
	CodeTooLarge     Code = "too-large"     // beyond a limit
	CodeSyntax       Code = "syntax"        // not JSON
	CodeType         Code = "type"          // a value of the wrong JSON type, or a number out of range
	CodeDuplicateKey Code = "duplicate-key" // a key twice in one object
)

// A Fault is something wrong at a place of a text.
type Fault struct {
	Mark
	Code Code
	Path string // JSON Pointer (RFC 6901) of the place, "" for the whole text
	Err  error  // what is wrong and, in brackets, what to do
}

// in puts a token in front of the fault's path, if it is not the text as a whole
// that is at fault.
func (f *Fault) in(token string) *Fault {
	if f.Code == CodeTooLarge {
		return f
	}
	f.Path = "/" + token + f.Path
	return f
}

// Limits on a text, which is untrusted input. A text that exceeds one is a fault with
// CodeTooLarge. The limits are far above real texts: the largest known profiles have 30 kB
// and 600 values, and a config.json has about 50 kB.
const (
	// MaxText is the maximum size of a text in bytes. Reading takes up to a few times as
	// much memory.
	MaxText = 8 << 20

	// maxValues is the most JSON values of a text, keys not counted, so that
	// many short ones take no gigabytes.
	maxValues = 1 << 18

	// maxDepth bounds the nesting of arrays and objects, and with it the stack
	// and the length of pointers.
	maxDepth = 1000

	// MaxFaults is the maximum number of faults that a Reader lists, so that their messages
	// stay readable and take little time.
	MaxFaults = 100
)
