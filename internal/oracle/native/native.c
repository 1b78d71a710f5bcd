//go:build seccomp

#define _GNU_SOURCE
#include <dlfcn.h>
#include "native.h"

uint32_t native_token;

uint32_t seccomp_arch_native(void)
{
	if (native_token)
		return native_token;
	uint32_t (*real)(void) = (uint32_t (*)(void))dlsym(RTLD_NEXT, "seccomp_arch_native");
	return real();
}
