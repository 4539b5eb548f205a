/* parity.h: is this variant right? One worker process per variant, guard pages on both sides of every buffer,
 * read-only inputs, poisoned outputs; every failure names its detector, its case and a command to replay it. */
#ifndef TL_PARITY_H
#define TL_PARITY_H

#include "harness/op.h"

/* How a wrong kernel was caught. */
typedef enum tl_detector {
    TL_PASSED,
    TL_VALUE,        /* an output differs from the expected value */
    TL_UNWRITTEN,    /* an output still holds the poison it was filled with */
    TL_OVERWRITE,    /* wrote outside its output buffer (guard page or slack bytes) */
    TL_OVERREAD,     /* read outside a buffer (guard page) */
    TL_WRITES_INPUT, /* wrote to an input (mapped read-only) */
    TL_FAULT,        /* another memory fault */
    TL_ILLEGAL,      /* SIGILL */
    TL_ALIGNMENT,    /* right when aligned, faults or differs when the buffers are only element-aligned */
    TL_HANG,         /* did not return in time */
    TL_EXIT,         /* ended the process (exit, abort) */
    TL_FP_STATE,     /* MXCSR / FPCR not restored: flush-to-zero, rounding mode, masks */
    TL_VECTOR_STATE, /* upper halves of vector registers left in use (no vzeroupper) */
    TL_REPEAT,       /* a second call on the same inputs gave another answer */
    TL_STALE,        /* the answer depends on what the output held before */
    TL_SPLIT,        /* parts [begin,end) do not add up to the whole, or write outside their part */
    TL_GOLDEN,       /* a layout's bytes differ from golden bytes made outside this project's C code */
    TL_DETECTORS
} tl_detector;
extern const char *const tl_detector_names[TL_DETECTORS]; /* "passed", "value", "unwritten", "overwrite", ... */

/* A kernel (or layout) that is wrong on purpose, and the detector that must name it. In harness/selftest/. */
typedef struct tl_wrong {
    const tk_kernel *kernel; /* NULL for a wrong layout */
    const tk_layout *layout; /* NULL for a wrong kernel */
    tl_detector detector;
    const char *cls; /* a case class that must be among those that reveal it; NULL = any */
    const char *bug; /* one line: what was planted, and where the field shipped it if it did */
} tl_wrong;
/* Each file of harness/selftest/ defines one table ended by {0}; selftest.c strings them together. */
extern const tl_wrong tl_wrong_memory[], tl_wrong_state[], tl_wrong_numeric[];

#endif
