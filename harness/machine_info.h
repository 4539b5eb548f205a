/* machine_info.h: what the operating system says of this machine. */
#ifndef TL_MACHINE_INFO_H
#define TL_MACHINE_INFO_H

#include <stddef.h>

/* As files and --version name it; Clang's own text says that it is Clang. */
#ifdef __clang__
#define TL_COMPILER __VERSION__
#else
#define TL_COMPILER "GCC " __VERSION__
#endif

typedef struct tl_machine {
    char host[64], cpu[128], kernel[128], governor[32], huge_pages[64], hypervisor[8], caches[96];
    long cores, memory_mib;
    double load;
} tl_machine;

void tl_machine_read(tl_machine *);

#endif
