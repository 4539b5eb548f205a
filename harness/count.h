/* count.h: instructions of one call of a kernel: exact, the same every time, whatever else the machine does.
 * The program that has the kernel runs `count --here` (count_calls.h) under a counter: valgrind's callgrind,
 * which knows no AVX-512, or QEMU's user emulation with our plugin (harness/qemu/count.c), also for programs of
 * another architecture. */
#ifndef TL_COUNT_H
#define TL_COUNT_H

#include "kernels/kernel.h"

/* ISA rows that valgrind executes. */
#if defined(__x86_64__)
#define TL_COUNT_ISAS "generic,avx2"
#else
#define TL_COUNT_ISAS "generic,neon"
#endif

typedef enum { TL_VALGRIND, TL_QEMU } tl_counter;

typedef struct tl_count_case {
    char kernel[64];
    tk_shape shape;
    /* filled: */
    uint64_t instructions; /* of one call on one thread; meaningless with `why` */
    char why[96];          /* why it could not be counted; "": it was */
} tl_count_case;

/* QEMU's emulator for this program's architecture, by its ELF header; NULL: none that is known. */
const char *tl_count_emulator(const char *program);

/* The counter's name and version, as it says them ("valgrind-3.19.0"), for this program. False (printed): it is
 * not installed, or not for programs like this one. */
bool tl_counter_find(tl_counter, const char *program, char name[64]);

/* Counts all cases in one process. TL_GO_ON; TL_BAD (printed): the counter is missing or fails, or the program
 * has no `count`. */
int tl_count(tl_counter, const char *program, tl_count_case *, size_t n);

#endif
