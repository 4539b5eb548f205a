/* junit.h: JUnit XML, which CI systems show as a list of tests. */
#ifndef TL_JUNIT_H
#define TL_JUNIT_H

#include "harness/cli.h"

typedef struct tl_junit_case {
    const char *group, *name;
    const char *failed, *type, *text; /* failed NULL: it did not; else why, of what type, and more of it */
    const char *skipped;              /* NULL: it was not; else why */
} tl_junit_case;

/* Writes one suite; "-" is standard output. TL_GOOD or TL_BAD (printed). */
int tl_junit_write(const char *path, const char *suite, uint64_t seed, const tl_junit_case *, size_t n);

#endif
