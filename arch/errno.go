package arch

import "iter"

// An errnoRow is an errno by its name: the number of most ABIs, and the ones of
// MIPS and PA-RISC where they differ from it, else 0.
type errnoRow struct {
	name                  string
	generic, mips, parisc uint16
}

// errnos has the names that all ABIs share (include/uapi/asm-generic/errno.h,
// arch/mips/include/uapi/asm/errno.h, arch/parisc/include/uapi/asm/errno.h),
// with ENOTSUP, which is the C library's. EDEADLOCK is not among them: it is
// EDEADLK on some ABIs and an errno of its own on others.
var errnos = [...]errnoRow{
	{"EPERM", 1, 0, 0},
	{"ENOENT", 2, 0, 0},
	{"ESRCH", 3, 0, 0},
	{"EINTR", 4, 0, 0},
	{"EIO", 5, 0, 0},
	{"ENXIO", 6, 0, 0},
	{"E2BIG", 7, 0, 0},
	{"ENOEXEC", 8, 0, 0},
	{"EBADF", 9, 0, 0},
	{"ECHILD", 10, 0, 0},
	{"EAGAIN", 11, 0, 0},
	{"EWOULDBLOCK", 11, 0, 0},
	{"ENOMEM", 12, 0, 0},
	{"EACCES", 13, 0, 0},
	{"EFAULT", 14, 0, 0},
	{"ENOTBLK", 15, 0, 0},
	{"EBUSY", 16, 0, 0},
	{"EEXIST", 17, 0, 0},
	{"EXDEV", 18, 0, 0},
	{"ENODEV", 19, 0, 0},
	{"ENOTDIR", 20, 0, 0},
	{"EISDIR", 21, 0, 0},
	{"EINVAL", 22, 0, 0},
	{"ENFILE", 23, 0, 0},
	{"EMFILE", 24, 0, 0},
	{"ENOTTY", 25, 0, 0},
	{"ETXTBSY", 26, 0, 0},
	{"EFBIG", 27, 0, 0},
	{"ENOSPC", 28, 0, 0},
	{"ESPIPE", 29, 0, 0},
	{"EROFS", 30, 0, 0},
	{"EMLINK", 31, 0, 0},
	{"EPIPE", 32, 0, 0},
	{"EDOM", 33, 0, 0},
	{"ERANGE", 34, 0, 0},
	{"EDEADLK", 35, 45, 45},
	{"ENAMETOOLONG", 36, 78, 248},
	{"ENOLCK", 37, 46, 46},
	{"ENOSYS", 38, 89, 251},
	{"ENOTEMPTY", 39, 93, 247},
	{"ELOOP", 40, 90, 249},
	{"ENOMSG", 42, 35, 35},
	{"EIDRM", 43, 36, 36},
	{"ECHRNG", 44, 37, 37},
	{"EL2NSYNC", 45, 38, 38},
	{"EL3HLT", 46, 39, 39},
	{"EL3RST", 47, 40, 40},
	{"ELNRNG", 48, 41, 41},
	{"EUNATCH", 49, 42, 42},
	{"ENOCSI", 50, 43, 43},
	{"EL2HLT", 51, 44, 44},
	{"EBADE", 52, 50, 160},
	{"EBADR", 53, 51, 161},
	{"EXFULL", 54, 52, 162},
	{"ENOANO", 55, 53, 163},
	{"EBADRQC", 56, 54, 164},
	{"EBADSLT", 57, 55, 165},
	{"EBFONT", 59, 0, 166},
	{"ENOSTR", 60, 0, 54},
	{"ENODATA", 61, 0, 51},
	{"ETIME", 62, 0, 52},
	{"ENOSR", 63, 0, 53},
	{"ENONET", 64, 0, 50},
	{"ENOPKG", 65, 0, 55},
	{"EREMOTE", 66, 0, 71},
	{"ENOLINK", 67, 0, 57},
	{"EADV", 68, 0, 58},
	{"ESRMNT", 69, 0, 59},
	{"ECOMM", 70, 0, 60},
	{"EPROTO", 71, 0, 61},
	{"EMULTIHOP", 72, 74, 64},
	{"EDOTDOT", 73, 0, 66},
	{"EBADMSG", 74, 77, 67},
	{"EOVERFLOW", 75, 79, 72},
	{"ENOTUNIQ", 76, 80, 167},
	{"EBADFD", 77, 81, 168},
	{"EREMCHG", 78, 82, 169},
	{"ELIBACC", 79, 83, 170},
	{"ELIBBAD", 80, 84, 171},
	{"ELIBSCN", 81, 85, 172},
	{"ELIBMAX", 82, 86, 173},
	{"ELIBEXEC", 83, 87, 174},
	{"EILSEQ", 84, 88, 47},
	{"ERESTART", 85, 91, 175},
	{"ESTRPIPE", 86, 92, 176},
	{"EUSERS", 87, 94, 68},
	{"ENOTSOCK", 88, 95, 216},
	{"EDESTADDRREQ", 89, 96, 217},
	{"EMSGSIZE", 90, 97, 218},
	{"EPROTOTYPE", 91, 98, 219},
	{"ENOPROTOOPT", 92, 99, 220},
	{"EPROTONOSUPPORT", 93, 120, 221},
	{"ESOCKTNOSUPPORT", 94, 121, 222},
	{"EOPNOTSUPP", 95, 122, 223},
	{"ENOTSUP", 95, 122, 223},
	{"EPFNOSUPPORT", 96, 123, 224},
	{"EAFNOSUPPORT", 97, 124, 225},
	{"EADDRINUSE", 98, 125, 226},
	{"EADDRNOTAVAIL", 99, 126, 227},
	{"ENETDOWN", 100, 127, 228},
	{"ENETUNREACH", 101, 128, 229},
	{"ENETRESET", 102, 129, 230},
	{"ECONNABORTED", 103, 130, 231},
	{"ECONNRESET", 104, 131, 232},
	{"ENOBUFS", 105, 132, 233},
	{"EISCONN", 106, 133, 234},
	{"ENOTCONN", 107, 134, 235},
	{"ESHUTDOWN", 108, 143, 236},
	{"ETOOMANYREFS", 109, 144, 237},
	{"ETIMEDOUT", 110, 145, 238},
	{"ECONNREFUSED", 111, 146, 239},
	{"EHOSTDOWN", 112, 147, 241},
	{"EHOSTUNREACH", 113, 148, 242},
	{"EALREADY", 114, 149, 244},
	{"EINPROGRESS", 115, 150, 245},
	{"ESTALE", 116, 151, 70},
	{"EUCLEAN", 117, 135, 177},
	{"ENOTNAM", 118, 137, 178},
	{"ENAVAIL", 119, 138, 179},
	{"EISNAM", 120, 139, 180},
	{"EREMOTEIO", 121, 140, 181},
	{"EDQUOT", 122, 1133, 69},
	{"ENOMEDIUM", 123, 159, 182},
	{"EMEDIUMTYPE", 124, 160, 183},
	{"ECANCELED", 125, 158, 253},
	{"ENOKEY", 126, 161, 184},
	{"EKEYEXPIRED", 127, 162, 185},
	{"EKEYREVOKED", 128, 163, 186},
	{"EKEYREJECTED", 129, 164, 187},
	{"EOWNERDEAD", 130, 165, 254},
	{"ENOTRECOVERABLE", 131, 166, 255},
	{"ERFKILL", 132, 167, 256},
	{"EHWPOISON", 133, 168, 257},
}

// Errno returns the ABI's number for the errno with the given name, such as "EPERM". ok
// is false if there is no such errno.
func (a Arch) Errno(name string) (n uint16, ok bool) {
	for i := range errnos {
		if errnos[i].name == name {
			return errnos[i].on(a), true
		}
	}
	return 0, false
}

// ErrnoName returns the name of the errno with the given number on the ABI, "" if it has
// none. Of two names for one number it is the first in the order of [Errnos].
func (a Arch) ErrnoName(n uint16) string {
	for i := range errnos {
		if errnos[i].on(a) == n {
			return errnos[i].name
		}
	}
	return ""
}

// ENOSYS returns the number of ENOSYS on the ABI: 89 on MIPS, 251 on PA-RISC, 38
// elsewhere.
func (a Arch) ENOSYS() uint16 {
	n, _ := a.Errno("ENOSYS")
	return n
}

func (e *errnoRow) on(a Arch) uint16 {
	switch f := a.row().family; {
	case e.mips != 0 && (f == familyMIPS || f == familyMIPSEL):
		return e.mips
	case e.parisc != 0 && f == familyPARISC:
		return e.parisc
	}
	return e.generic
}

// Errnos returns an iterator over the names that [Arch.Errno] accepts, in the order of
// their numbers on most ABIs.
func Errnos() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range errnos {
			if !yield(errnos[i].name) {
				return
			}
		}
	}
}
