// The probe makes system calls and prints how the filters answer them. Its arguments are
// calls, in hex: "s NR A0 A1 A2 A3 A4 A5" for the 64-bit entry of x86_64 and "i ..." for
// int 0x80, the entry of x86. For each it prints a line with the index of the argument:
//
//	0 passed            the call would have been executed
//	0 errno 1           the filter answered with this errno
//	0 trap 1            SIGSYS, with this si_errno
//	0 kill_thread       the thread was gone, and the process lived
//	0 kill_process      the process was gone, by SIGSYS
//	0 returned 5        the kernel executed the call
//
// No call is executed: the probe inherits a filter that answers errno 4095 to calls from
// the two instructions after which it has the symbols after_syscall and after_int80. A
// stricter answer of a later filter beats that, and so does an errno. The probe makes no
// call unless that filter is there.
//
// It has no C library and itself needs only the calls of enum needs.

enum needs { nr_write = 1, nr_rt_sigaction = 13, nr_clone = 56, nr_fork = 57, nr_wait4 = 61, nr_exit_group = 231 };

#ifndef __x86_64__
#error "the probe has entries for x86_64 only: add those of this ABI, and the numbers of enum needs"
#endif

struct call {
	unsigned long nr, args[6];
	long ret;
};

void by_syscall(struct call *);
void by_int80(struct call *);

__asm__(
	".intel_syntax noprefix\n"
	".globl by_syscall, by_int80, after_syscall, after_int80, _start\n"
	"by_syscall:\n"
	"	push rbx\n"
	"	mov rbx, rdi\n"
	"	mov rdi, [rbx+8]\n"
	"	mov rsi, [rbx+16]\n"
	"	mov rdx, [rbx+24]\n"
	"	mov r10, [rbx+32]\n"
	"	mov r8, [rbx+40]\n"
	"	mov r9, [rbx+48]\n"
	"	mov rax, [rbx]\n"
	"	syscall\n"
	"after_syscall:\n"
	"	mov [rbx+56], rax\n"
	"	pop rbx\n"
	"	ret\n"
	"by_int80:\n"
	"	push rbx\n"
	"	push rbp\n"
	"	push r12\n"
	"	mov r12, rdi\n"
	"	mov rbx, [r12+8]\n"
	"	mov rcx, [r12+16]\n"
	"	mov rdx, [r12+24]\n"
	"	mov rsi, [r12+32]\n"
	"	mov rdi, [r12+40]\n"
	"	mov rbp, [r12+48]\n"
	"	mov rax, [r12]\n"
	"	int 0x80\n"
	"after_int80:\n"
	"	movsxd rax, eax\n"
	"	mov [r12+56], rax\n"
	"	pop r12\n"
	"	pop rbp\n"
	"	pop rbx\n"
	"	ret\n"
	"_start:\n"
	"	mov rdi, rsp\n"
	"	and rsp, -16\n"
	"	call start\n"
	".att_syntax\n");

static long sys(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long ret;
	__asm__ volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
	return ret;
}

// What the thread that makes the call leaves.
static struct call call;
static void (*by)(struct call *);
static volatile int done, alive;
static volatile enum { returned, trapped } how;
static volatile long data;
static char stack[32768] __attribute__((aligned(16)));

static void spin(void)
{
	for (;;)
		__asm__ volatile("pause");
}

static void on_sigsys(int sig, void *info, void *context)
{
	data = ((int *)info)[1]; // si_errno
	how = trapped;
	done = 1;
	spin(); // it returns to nothing, and needs no rt_sigreturn
}

static void thread(void)
{
	by(&call);
	how = returned;
	data = call.ret;
	done = 1;
	spin(); // until exit_group
}

// spawn starts the thread in this process. The kernel clears alive when it is gone.
static long spawn(void)
{
	register long r10 __asm__("r10") = (long)&alive; // with CLONE_CHILD_CLEARTID
	register void (*fn)(void) __asm__("r8") = thread;
	long flags = 0x250f00; // VM FS FILES SIGHAND THREAD SYSVSEM CHILD_CLEARTID
	long ret;
	alive = 1;
	__asm__ volatile(
		"syscall\n"
		"	test %%rax, %%rax\n"
		"	jnz 1f\n"
		"	xor %%ebp, %%ebp\n"
		"	call *%%r8\n"
		"1:\n"
		: "=a"(ret)
		: "a"((long)nr_clone), "D"(flags), "S"(stack + sizeof stack), "d"(0L), "r"(r10), "r"(fn)
		: "rcx", "r11", "memory");
	return ret;
}

static char line[96];
static int length;

static void text(const char *s)
{
	while (*s)
		line[length++] = *s++;
}

static void number(long n)
{
	char digits[24];
	int i = 0;
	unsigned long u = n < 0 ? -(unsigned long)n : (unsigned long)n;
	if (n < 0)
		text("-");
	do
		digits[i++] = '0' + u % 10;
	while (u /= 10);
	while (i)
		line[length++] = digits[--i];
}

static void report(int index, const char *what, int with, long n)
{
	length = 0;
	number(index);
	text(" ");
	text(what);
	if (with) {
		text(" ");
		number(n);
	}
	text("\n");
	sys(nr_write, 1, (long)line, length, 0);
}

static void leave(int status)
{
	sys(nr_exit_group, status, 0, 0, 0);
	spin();
}

// ask makes the call in a thread of a process of its own.
static void ask(int index)
{
	int status = 0;
	long pid = sys(nr_fork, 0, 0, 0, 0);
	if (pid < 0) {
		report(index, "fork", 1, pid);
		leave(2);
	}
	if (pid > 0) {
		if (sys(nr_wait4, pid, (long)&status, 0, 0) != pid)
			report(index, "wait4", 0, 0);
		else if ((status & 0x7f) == 31)
			report(index, "kill_process", 0, 0);
		else if (status)
			report(index, "status", 1, status);
		return;
	}
	long tid = spawn();
	if (tid < 0) {
		report(index, "clone", 1, tid);
		leave(0);
	}
	while (!done && alive)
		__asm__ volatile("pause");
	if (!done)
		report(index, "kill_thread", 0, 0);
	else if (how == trapped)
		report(index, "trap", 1, data);
	else if (data == -4095)
		report(index, "passed", 0, 0);
	else if (data < 0 && data > -4095)
		report(index, "errno", 1, -data);
	else if (data == 0)
		report(index, "errno", 1, 0);
	else
		report(index, "returned", 1, data);
	leave(0);
}

// parse reads an argument, which the runner wrote.
static void parse(const char *s)
{
	by = *s == 'i' ? by_int80 : by_syscall;
	s++;
	unsigned long *to = &call.nr;
	for (int i = 0; i < 7; i++) {
		to[i] = 0;
		while (*s == ' ')
			s++;
		for (; *s && *s != ' '; s++)
			to[i] = to[i] << 4 | (*s <= '9' ? *s - '0' : *s - 'a' + 10);
	}
}

void start(long *at)
{
	struct {
		void (*handler)(int, void *, void *);
		unsigned long flags;
		void *restorer;
		unsigned long mask;
	} action = { on_sigsys, 0x44000004, on_sigsys, 0 }; // NODEFER RESTORER SIGINFO
	int count = at[0];
	char **argv = (char **)(at + 1);
	call.nr = nr_write;
	call.args[0] = -1;
	by_syscall(&call);
	if (call.ret != -4095) {
		report(0, "unguarded", 1, call.ret);
		leave(3);
	}
	if (sys(nr_rt_sigaction, 31, (long)&action, 0, 8) != 0) {
		report(0, "rt_sigaction", 0, 0);
		leave(3);
	}
	for (int i = 1; i < count; i++) {
		parse(argv[i]);
		ask(i - 1);
	}
	leave(0);
}
