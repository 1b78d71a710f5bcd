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

// Limits on a text, which may come from anybody. A text beyond one is a fault with
// CodeTooLarge. They are far above what is in use: the largest profiles known have
// 30 kB and 600 values, and a config.json some 50 kB.
const (
	// MaxText is the most bytes of a text. Reading takes up to a few times as
	// much memory.
	MaxText = 8 << 20

	// maxValues is the most JSON values of a text, keys not counted, so that
	// many short ones take no gigabytes.
	maxValues = 1 << 18

	// maxDepth bounds the nesting of arrays and objects, and with it the stack
	// and the length of pointers.
	maxDepth = 1000

	// MaxFaults is the most faults that a Reader lists, so that their messages
	// stay readable and take little time.
	MaxFaults = 100
)
