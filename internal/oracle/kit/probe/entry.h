// The entries of each ABI, by the macros that its compiler defines. ENTRY defines a function
// that makes a call and stores what it returns, an errno as a negative number. Its parts:
//
//	LOAD   loads the registers
//	TRAP   is the instruction of the call
//	CHILD  calls thread if the call returned 0
//	STORE  stores and returns
//
// START passes the stack of the process to start.

// A reg holds an argument. On n32 it is wider than a long.
typedef unsigned int reg __attribute__((mode(word)));

struct call {
	reg nr, args[6], ret;
};

#if defined __x86_64__

#define LOAD "push %rbx; mov %rdi, %rbx; mov 8(%rbx), %rdi; mov 16(%rbx), %rsi; mov 24(%rbx), %rdx;" \
	"mov 32(%rbx), %r10; mov 40(%rbx), %r8; mov 48(%rbx), %r9; mov (%rbx), %rax;"
#define TRAP "syscall;"
#define CHILD "test %rax, %rax; jnz 1f; xor %ebp, %ebp; call thread; 1:"
#define STORE "mov %rax, 56(%rbx); pop %rbx; ret;"
// int 0x80 is the entry of x86.
#define LOAD_X86 "push %rbx; push %rbp; push %r12; mov %rdi, %r12; mov 8(%r12), %rbx; mov 16(%r12), %rcx;" \
	"mov 24(%r12), %rdx; mov 32(%r12), %rsi; mov 40(%r12), %rdi; mov 48(%r12), %rbp; mov (%r12), %rax;"
#define TRAP_X86 "int $0x80;"
#define STORE_X86 "movslq %eax, %rax; mov %rax, 56(%r12); pop %r12; pop %rbp; pop %rbx; ret;"
#define START "mov %rsp, %rdi; and $-16, %rsp; call start;"

#elif defined __i386__

#define LOAD "push %ebx; push %esi; push %edi; push %ebp; mov 20(%esp), %eax; push %eax;" \
	"mov 4(%eax), %ebx; mov 8(%eax), %ecx; mov 12(%eax), %edx; mov 16(%eax), %esi; mov 20(%eax), %edi;" \
	"mov 24(%eax), %ebp; mov (%eax), %eax;"
#define TRAP "int $0x80;"
#define CHILD "test %eax, %eax; jnz 1f; call thread; 1:"
#define STORE "pop %ecx; mov %eax, 28(%ecx); pop %ebp; pop %edi; pop %esi; pop %ebx; ret;"
#define START "mov %esp, %eax; and $-16, %esp; sub $12, %esp; push %eax; call start;"

#elif defined __aarch64__

#define LOAD "mov x9, x0; ldr x8, [x9]; ldp x0, x1, [x9, 8]; ldp x2, x3, [x9, 24]; ldp x4, x5, [x9, 40];"
#define TRAP "svc 0;"
#define CHILD "cbnz x0, 1f; b thread; 1:"
#define STORE "str x0, [x9, 56]; ret;"
#define START "mov x0, sp; b start;"

#elif defined __arm__

#define LOAD "push {r4-r8, lr}; mov r8, r0; ldr r7, [r8]; add r6, r8, #4; ldm r6, {r0-r5};"
#define TRAP "svc 0;"
#define CHILD "cmp r0, #0; beq thread;"
#define STORE "str r0, [r8, #28]; pop {r4-r8, pc};"
#define START "mov r0, sp; bic sp, sp, #7; b start;"

#elif defined __riscv

#define LOAD "mv t0, a0; ld a7, (t0); ld a0, 8(t0); ld a1, 16(t0); ld a2, 24(t0); ld a3, 32(t0); ld a4, 40(t0); ld a5, 48(t0);"
#define TRAP "ecall;"
#define CHILD "bnez a0, 1f; j thread; 1:"
#define STORE "sd a0, 56(t0); ret;"
#define START ".option push; .option norelax; la gp, __global_pointer$; .option pop; mv a0, sp; j start;"

#elif defined __s390x__

#define LOAD "stmg %r6, %r15, 48(%r15); lgr %r8, %r2; lg %r1, 0(%r8); lmg %r2, %r7, 8(%r8);"
#define TRAP "svc 0;"
#define CHILD "ltgr %r2, %r2; jz thread;"
#define STORE "stg %r2, 56(%r8); lmg %r6, %r15, 48(%r15); br %r14;"
#define START "lgr %r2, %r15; aghi %r15, -160; j start;"

#elif defined __s390__

#define LOAD "stm %r6, %r15, 24(%r15); lr %r8, %r2; l %r1, 0(%r8); lm %r2, %r7, 4(%r8);"
#define TRAP "svc 0;"
#define CHILD "ltr %r2, %r2; jz thread;"
#define STORE "st %r2, 28(%r8); lm %r6, %r15, 24(%r15); br %r14;"
#define START "lr %r2, %r15; ahi %r15, -96; j start;"

#elif defined __powerpc64__

#define LOAD "stdu 1, -64(1); std 31, 56(1); mr 31, 3; ld 0, 0(31); ld 3, 8(31); ld 4, 16(31);" \
	"ld 5, 24(31); ld 6, 32(31); ld 7, 40(31); ld 8, 48(31);"
#define TRAP "sc;"
#define CHILD "cmpdi 1, 3, 0; bne 1, 1f; b thread; 1:"
#define STORE "bns 2f; neg 3, 3; 2: std 3, 56(31); ld 31, 56(1); addi 1, 1, 64; blr;"
#define START "addis 2, 12, .TOC.-_start@ha; addi 2, 2, .TOC.-_start@l; mr 3, 1; clrrdi 1, 1, 4; stdu 1, -64(1); b start;"

#elif defined __powerpc__

#define LOAD "stwu 1, -32(1); stw 31, 28(1); mr 31, 3; lwz 0, 0(31); lwz 3, 4(31); lwz 4, 8(31);" \
	"lwz 5, 12(31); lwz 6, 16(31); lwz 7, 20(31); lwz 8, 24(31);"
#define TRAP "sc;"
#define CHILD "cmpwi 1, 3, 0; bne 1, 1f; b thread; 1:"
#define STORE "bns 2f; neg 3, 3; 2: stw 3, 28(31); lwz 31, 28(1); addi 1, 1, 32; blr;"
#define START "mr 3, 1; clrrwi 1, 1, 4; stwu 1, -32(1); b start;"

#elif defined __mips__ && _MIPS_SIM == _ABIO32

#define LOAD "addiu $29, -40; sw $16, 32($29); move $16, $4; lw $2, 20($16); sw $2, 16($29); lw $2, 24($16); sw $2, 20($29);" \
	"lw $2, ($16); lw $4, 4($16); lw $5, 8($16); lw $6, 12($16); lw $7, 16($16);"
#define TRAP "syscall;"
#define CHILD "bnez $2, 1f; j thread; 1:"
#define STORE "beqz $7, 2f; negu $2, $2; 2: sw $2, 28($16); lw $16, 32($29); addiu $29, 40; jr $31;"
#define START "move $4, $29; addiu $29, -32; j start;"

#elif defined __mips__ // n64 and n32, whose registers have 64 bits

#define LOAD "daddiu $29, -32; sd $16, 0($29); move $16, $4; ld $2, ($16); ld $4, 8($16); ld $5, 16($16);" \
	"ld $6, 24($16); ld $7, 32($16); ld $8, 40($16); ld $9, 48($16);"
#define TRAP "syscall;"
#define CHILD "bnez $2, 1f; j thread; 1:"
#define STORE "beqz $7, 2f; dnegu $2, $2; 2: sd $2, 56($16); ld $16, 0($29); daddiu $29, 32; jr $31;"
#define START "move $4, $29; j start;"

#elif defined __loongarch64

#define LOAD "addi.d $sp, $sp, -16; st.d $s0, $sp, 0; move $s0, $a0; ld.d $a7, $s0, 0; ld.d $a0, $s0, 8; ld.d $a1, $s0, 16;" \
	"ld.d $a2, $s0, 24; ld.d $a3, $s0, 32; ld.d $a4, $s0, 40; ld.d $a5, $s0, 48;"
#define TRAP "syscall 0;"
#define CHILD "bnez $a0, 1f; b thread; 1:"
#define STORE "st.d $a0, $s0, 56; ld.d $s0, $sp, 0; addi.d $sp, $sp, 16; jr $ra;"
#define START "move $a0, $sp; b start;"

#elif defined __m68k__

#define LOAD "movem.l %d2-%d5/%a2, -(%sp); move.l 24(%sp), %a2; move.l (%a2), %d0; movem.l 4(%a2), %d1-%d5; move.l 24(%a2), %a0;"
#define TRAP "trap #0;"
#define CHILD "tst.l %d0; jbne 1f; jbra thread; 1:"
#define STORE "move.l %d0, 28(%a2); movem.l (%sp)+, %d2-%d5/%a2; rts;"
#define START "move.l %sp, %a0; move.l %a0, -(%sp); jbsr start;"

#elif defined __sh__

#define LOAD "mov.l r8, @-r15; mov r4, r8; mov.l @(0,r8), r3; mov.l @(4,r8), r4; mov.l @(8,r8), r5; mov.l @(12,r8), r6;" \
	"mov.l @(16,r8), r7; mov.l @(20,r8), r0; mov.l @(24,r8), r1;"
#define TRAP "trapa #0x16;"
#define CHILD "tst r0, r0; bf 1f; mov.l 2f, r1; jmp @r1; nop; .align 2; 2: .long thread; 1:"
#define STORE "mov.l r0, @(28,r8); mov.l @r15+, r8; rts; nop;"
#define START "mov r15, r4; mov.l 1f, r1; jmp @r1; nop; .align 2; 1: .long start;"

#elif defined __hppa__ // whose stacks grow up; argc and argv are in registers

#define LOAD "stw %r2, -20(%r30)\nstw,ma %r3, 64(%r30)\ncopy %r26, %r3\nldw 0(%r3), %r20\nldw 4(%r3), %r26\nldw 8(%r3), %r25\n" \
	"ldw 12(%r3), %r24\nldw 16(%r3), %r23\nldw 20(%r3), %r22\nldw 24(%r3), %r21\n"
#define TRAP "ble 0x100(%sr2, %r0)\nnop\n"
#define CHILD "cmpib,<> 0, %r28, 1f\nnop\nb thread\nnop\n1:"
#define STORE "stw %r28, 28(%r3)\nldw,mb -64(%r30), %r3\nldw -20(%r30), %r2\nbv %r0(%r2)\nnop\n"
#define START "ldil L%$global$, %r27\nldo R%$global$(%r27), %r27\nldo -4(%r24), %r26\nstw %r25, 0(%r26)\nldo 64(%r30), %r30\nb start\nnop\n"

#else
#error "the probe has no entry for this ABI: add it here, and to programs in programs.go"
#endif

#define ENTRY(name, load, trap, after, store) \
	void name(struct call *); \
	__asm__(".text\n.balign 16\n.globl " #name "\n.type " #name ", %function\n" #name ":\n" load trap after store)
