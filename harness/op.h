/* op.h: what the harness knows of an op. One adapter per op in harness/ops/<op>.c; the Makefile lists them.
 *
 * A case is a shape and the logical arrays of one problem: the weights unpacked, the inputs, and the expected
 * outputs from the oracle (reference/<op>_oracle.c) or from a NumPy case file. It knows nothing of variants.
 */
#ifndef TL_OP_H
#define TL_OP_H

#include "kernels/kernel.h"

typedef enum { TL_I8, TL_I32, TL_F32, TL_U8, TL_U16 } tl_type; /* U16: the bits of F16 or BF16 */
size_t tl_type_size(tl_type);

typedef enum {
    TL_IN,     /* given to the kernel as it is */
    TL_WEIGHT, /* given packed through kernel->layout when that is not NULL */
    TL_OUT,    /* written by the kernel; compared bit for bit, any NaN equal to any NaN */
} tl_role;

enum { TL_MAX_ARRAYS = 8 };

typedef struct tl_array_spec {
    const char *name; /* its name in case files and in messages: "w", "x", "y", "scale", "sum" */
    tl_type type;
    tl_role role;
    size_t field; /* offsetof(tk_args, ...) of the pointer that gets it */
    size_t (*count)(tk_shape);
    bool whole; /* an output that every part writes in full (quant_w158's scale) */
} tl_array_spec;

typedef struct tl_case {
    const struct tl_op *op;
    tk_shape shape;
    char cls[32];              /* what is special about it: "random", "one-sign", "denormals", ... */
    uint64_t seed;             /* of the generator; 0 for a case file */
    void *data[TL_MAX_ARRAYS]; /* one per spec, malloc'd, expected values for TL_OUT */
} tl_case;

typedef struct tl_rng {
    uint64_t s[4];
} tl_rng;

/* A shape that an op is benched at, and a word for people. */
typedef struct tl_bench_shape {
    const char *label;
    tk_shape shape;
} tl_bench_shape;

typedef struct tl_op {
    const char *name; /* folder under kernels/ */
    const char *what; /* one line for people */
    const tl_array_spec *arrays;
    int narrays;
    size_t (*extent)(tk_shape); /* length of the split axis */
    const char *axis;           /* "K", "M" or "N": its name */
    /* Which index of the split axis does this element of an output belong to? Not asked for `whole` arrays. */
    size_t (*owner)(const tl_array_spec *, tk_shape, size_t element);
    const char *const *classes;                 /* NULL-terminated names of adversarial input classes */
    void (*fill)(tl_case *, int cls, tl_rng *); /* fills the inputs of an allocated case by class */
    void (*oracle)(tl_case *); /* fills the outputs; reference/<op>_oracle.c does the arithmetic */
    tk_shape (*small)(tl_rng *, unsigned i); /* shape of generated case i: mostly small and awkward */
    /* accounting for bench: bytes that must move (weights packed) and operations of a whole problem */
    double (*bytes)(tk_shape, const tk_layout *);
    double (*ops)(tk_shape);      /* multiply-accumulates, or elements where there are none */
    bool integer_ops;             /* judged against the int8 roof; else the f32 roof */
    bool shapes_from_file;        /* bench takes M x K from datasets/shapes.csv, else element counts */
    const size_t *batches;        /* with shapes from the file: how many tokens, ended by 0; NULL: one */
    const tl_bench_shape *shapes; /* instead of both: shapes of its own, ended by a NULL label; or NULL */
} tl_op;

const tl_op *const *tl_ops(size_t *count);
const tl_op *tl_op_find(const char *name);

/* NULL if memory is short. Arrays are zeroed. tl_case_free(NULL) is fine. */
tl_case *tl_case_new(const tl_op *, tk_shape);
void tl_case_free(tl_case *);

/* A generated case: shape, class and inputs from (seed, i) alone, outputs from the oracle. */
tl_case *tl_case_generate(const tl_op *, uint64_t seed, unsigned i);
/* Its shape alone: a variant that refuses it need not have the rest made. */
tk_shape tl_case_shape(const tl_op *, uint64_t seed, unsigned i);
/* The same with a given shape, random inputs (bench). */
tl_case *tl_case_of_shape(const tl_op *, tk_shape, uint64_t seed);
/* The same with outputs of zero: no oracle is asked. */
tl_case *tl_case_filled(const tl_op *, tk_shape, uint64_t seed);

void tl_rng_seed(tl_rng *, uint64_t seed);
uint64_t tl_rng_next(tl_rng *);
uint64_t tl_rng_below(tl_rng *, uint64_t n);            /* uniform in 0..n-1, n > 0 */
void tl_rng_shuffle(tl_rng *, size_t *order, size_t n); /* 0..n-1 in random order */
float tl_rng_normal(tl_rng *);                          /* nearly: mean 0, deviation 1, within 4.9 */
void tl_rng_bytes(tl_rng *, void *to, size_t n);
/* Fills x with awkward floats: pattern p of TL_FLOAT_PATTERNS. Shared by the adapters with f32 inputs. */
enum { TL_FLOAT_PATTERNS = 12 };
#define TL_FLOAT_PATTERN_LIST /* for adapters that add classes of their own after these */                     \
    "normal", "zeros", "negative-zero", "denormals", "huge", "inf", "nan", "ties", "one-spike", "alternating", \
        "all-bits", "same"
extern const char *const tl_float_pattern_names[TL_FLOAT_PATTERNS + 1];
void tl_fill_floats(float *x, size_t n, int pattern, tl_rng *);

#endif
