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
extern const char *const tl_detector_names[TL_DETECTORS]; /* "passed", "value", "unwritten", ... */

/* A kernel (or layout) that is wrong on purpose, and the detector that must name it. In harness/selftest/.
 * TL_PASSED: a control, the body that wrong ones share without any fault; it must pass. */
typedef struct tl_wrong {
    const char *name;
    const tk_kernel *kernel; /* NULL for a wrong layout */
    const tk_layout *layout; /* NULL for a wrong kernel */
    tl_detector detector;
    const char *cls; /* a case class that must be among those that reveal it; NULL = any */
    const char *bug; /* one line: what was planted, and where the field shipped it if it did */
} tl_wrong;
/* Each file of harness/selftest/ defines one table, ended by {0}. */
extern const tl_wrong tl_wrong_memory[], tl_wrong_state[], tl_wrong_numeric[], tl_wrong_floats[];

/* A set of cases read from NumPy case files; harness/casefile.h reads it. */
typedef struct tl_cases {
    tl_case **item;
    size_t count;
    struct tl_golden { /* layout cases: packed bytes made by NumPy */
        char layout[32], cls[32];
        tk_shape shape;
        int8_t *w;
        uint8_t *packed;
        size_t bytes;
    } * golden;
    size_t ngolden;
} tl_cases;

enum { TL_MAX_FAILURES = 20 };
typedef struct tl_failure {
    tl_detector detector;
    long index; /* of the generated case, or -1 - i for file case i */
    char cls[32];
    char text[200]; /* what was seen, where */
} tl_failure;

typedef struct tl_verdict {
    unsigned cases, passed; /* run and passed */
    int failures;           /* recorded below; a variant is given up after TL_MAX_FAILURES */
    tl_failure failure[TL_MAX_FAILURES];
    const char *skipped; /* not NULL: not executed, and why */
    bool vector_state;   /* could the upper-half check be done here? */
} tl_verdict;

typedef struct tl_parity_options {
    unsigned count; /* generated cases */
    uint64_t seed;
    long only;             /* >= 0: just this generated case */
    unsigned timeout;      /* seconds a case may take */
    const tl_cases *files; /* may be NULL */
    bool replay;           /* print expected and found around the first mismatch on stdout */
} tl_parity_options;

/* Runs every case of a variant in worker processes. False if no process could be had. */
bool tl_parity_run(const tk_kernel *, const tl_parity_options *, tl_verdict *);

/* 0 if `count` generated cases pass; else `why` says what failed. What bench asks before it times anything. */
int tl_parity_quick(const tk_kernel *, unsigned count, uint64_t seed, char *why, size_t n);

/* Can this CPU say whether upper vector halves are in use (XGETBV 1)? */
bool tl_vector_state_readable(void);

/* Index of the first element that differs (bits; any NaN equals any NaN), or -1. */
long tl_compare(const tl_array_spec *, const void *expected, const void *found, size_t count);

/* Golden bytes, round trips on random matrices, refusals. False: text says what differed. */
bool tl_parity_layout(const tk_layout *, const tl_cases *, uint64_t seed, tl_failure *, unsigned *cases);

/* Runs every wrong kernel and layout through the code above; prints the table. TL_GOOD or TL_FAILED. */
int tl_parity_selftest(const tl_parity_options *, bool quiet);

#endif
