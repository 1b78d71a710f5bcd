// The probe makes system calls and prints how the filters answer them. Its arguments are
// calls, in hex: "s NR A0 A1 A2 A3 A4 A5" for the entry of its ABI, and on x86_64 "i ..." for
// int 0x80, the entry of x86. For each it prints a line with the index of the argument:
//
//	0 passed            the call would have been executed
//	0 errno 1           the filter answered with this errno
//	0 trap              SIGSYS
//	0 kill_thread       the thread was gone, and the process lived
//	0 kill_process      the process was gone, by SIGSYS
//	0 returned 5        the kernel executed the call
//
// No call is executed: the probe inherits a filter that answers errno 4095 to calls from
// the instructions after which it has the symbols after_call and after_x86. A stricter
// answer of a later filter beats that, and so does an errno. The probe makes no call unless
// that filter is there.
//
// It has no C library, and itself makes only the calls whose numbers the kit defines:
// nr_write, nr_rt_sigaction, nr_clone, nr_wait4 and nr_exit_group. The kit defines sigchld,
// too. With UNGUARDED, for tests that make harmless calls, it does not look for the filter.

#include "entry.h"

ENTRY(by_call, LOAD, TRAP, "after_call:\n", STORE);
ENTRY(by_own, LOAD, TRAP, "", STORE);
ENTRY(by_spawn, LOAD, TRAP, CHILD, STORE);
#ifdef __x86_64__
ENTRY(by_x86, LOAD_X86, TRAP_X86, "after_x86:\n", STORE_X86);
#endif
__asm__(".globl after_call\n.globl _start\n_start:\n" START);

// memset is what compilers call for initializers.
void *memset(void *to, int c, unsigned long n)
{
	for (char *s = to; n--; s++)
		*s = c;
	return to;
}

// own makes a call of the probe itself.
static long own(long nr, long a, long b, long c, long d)
{
	struct call own = { nr, { a, b, c, d }, 0 };
	by_own(&own);
	return own.ret;
}

// clone starts a process, or a thread on another stack.
static long clone(void (*by)(struct call *), unsigned long flags, char *stack, volatile int *clear)
{
#if defined __s390__
	struct call own = { nr_clone, { (unsigned long)stack, flags, 0, (unsigned long)clear }, 0 };
#else // some ABIs have clear as the fourth argument, others as the fifth; the remaining one is not used
	struct call own = { nr_clone, { flags, (unsigned long)stack, 0, (unsigned long)clear, (unsigned long)clear }, 0 };
#endif
	by(&own);
	return own.ret;
}

static void on_sigsys(int);

// The action of SIGSYS. Its handler does not return. So only x86_64 needs a restorer, for it
// insists on one; elsewhere it is 0, as the mask is.
static struct {
#ifdef __mips__
	unsigned flags;
#endif
	void (*handler)(int);
#ifndef __mips__
	unsigned long flags;
#endif
	void (*restorer)(int);
	unsigned mask[4];
} action = {
	.handler = on_sigsys,
#ifdef __x86_64__
	.flags = 0x04000000,
	.restorer = on_sigsys,
#endif
};

#ifdef __mips__
enum { sigsys = 12, sigset_size = 16 };
#else
enum { sigsys = 31, sigset_size = 8 };
#endif

// What the thread that makes the call leaves.
static struct call call;
static void (*by)(struct call *);
static volatile int done, alive;
static volatile enum { returned, trapped } how;
static volatile long data;
static char stack[32768] __attribute__((aligned(64)));

static void spin(void)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
}

static void leaves(int what)
{
	how = what;
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	spin(); // until exit_group
}

static void on_sigsys(int sig)
{
	leaves(trapped); // it returns to nothing, and needs no rt_sigreturn
}

// thread is where CHILD goes.
__attribute__((used)) void thread(void)
{
	by(&call);
	data = call.ret;
	leaves(returned);
}

// spawn starts the thread in this process. The kernel clears alive when it is gone.
static long spawn(void)
{
	alive = 1;
	// VM FS FILES SIGHAND THREAD SYSVSEM CHILD_CLEARTID
#ifdef __hppa__
	char *top = stack + 256;
#else
	char *top = stack + sizeof stack - 256;
#endif
	return clone(by_spawn, 0x250f00, top, &alive);
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
	own(nr_write, 1, (long)line, length, 0);
}

static void leave(int status)
{
	own(nr_exit_group, status, 0, 0, 0);
	spin();
}

// ask makes the call in a thread of a process of its own.
static void ask(int index)
{
	int status = 0;
	long pid = clone(by_own, sigchld, 0, 0);
	if (pid < 0) {
		report(index, "clone", 1, pid);
		leave(2);
	}
	if (pid > 0) {
		if (own(nr_wait4, pid, (long)&status, 0, 0) != pid)
			report(index, "wait4", 0, 0);
		else if ((status & 0x7f) == sigsys)
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
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE) && alive)
		__asm__ volatile("" ::: "memory");
	if (!done)
		report(index, "kill_thread", 0, 0);
	else if (how == trapped)
		report(index, "trap", 0, 0);
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
	by = by_call;
#ifdef __x86_64__
	if (*s == 'i')
		by = by_x86;
#endif
	s++;
	reg *to = &call.nr;
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
	int count = at[0];
	char **argv = (char **)(at + 1);
#ifndef UNGUARDED
	call.nr = nr_write;
	call.args[0] = -1;
	by_call(&call);
	if ((long)call.ret != -4095) {
		report(0, "unguarded", 1, call.ret);
		leave(3);
	}
#endif
	if (own(nr_rt_sigaction, sigsys, (long)&action, 0, sigset_size) != 0) {
		report(0, "rt_sigaction", 0, 0);
		leave(3);
	}
	for (int i = 1; i < count; i++) {
		parse(argv[i]);
		ask(i - 1);
	}
	leave(0);
}
