/* wide.h: loops that the compiler turns into vectors, compiled once for each of three instruction sets and
 * picked when the program starts. Nothing is fused and no sum is re-ordered (f32/f32.h), so all three give the
 * same bits. */
#ifndef TM_WIDE_H
#define TM_WIDE_H

#include "f32/f32.h"

/* Clang before 17 names the picked function so that no other file finds it. */
#if defined(__x86_64__) && (!defined(__clang__) || __clang_major__ >= 17)
#define TM_WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define TM_WIDE
#endif

#endif
