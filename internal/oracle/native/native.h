#include <stdint.h>

/* What seccomp_arch_native returns; 0 asks the real one. */
extern uint32_t native_token;
