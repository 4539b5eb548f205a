/* kernel.h: the contract between a kernel variant and everything that checks, times or calls it.
 *
 * One variant = one file `kernels/<op>/<format>__<isa>[_<trick>].c` = one `const tk_kernel` whose symbol is
 * `<op>_<format>__<isa>[_<trick>]`. The Makefile derives the registry from the file names, so a file whose
 * descriptor is missing or misspelt is a link error, never a silently absent kernel.
 *
 * Words: M output rows, K input columns, N tokens. A ternary weight is -1, 0 or +1; q is an int8 activation.
 * A kernel never allocates, prints, keeps state between calls, or touches a byte outside its buffers.
 */
#ifndef TK_KERNEL_H
#define TK_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tk_shape {
    size_t m, k, n; /* unused axes are 1 */
    size_t g;       /* a fourth number where an op needs one (attention: positions in the cache); else 0 */
} tk_shape;

/* An instruction-set row. The C side of kernels/isa.mk; both must name the same tokens (link error if not). */
typedef struct tk_isa {
    const char *name;        /* the file-name token: "avx2" */
    int rank;                /* a higher rank is preferred by dispatch when nothing was measured */
    const char *needs;       /* for people: "AVX2, FMA, F16C; OS saves YMM" */
    bool (*announced)(void); /* do CPUID/XGETBV or HWCAP claim it? */
    bool (*probe)(void);     /* execute it and check the result; runs under a SIGILL trap */
} tk_isa;

/* A packed weight layout: an object of its own, shared by every kernel that reads these bytes.
 * Packed matrices are 1-byte aligned unless `align` says more. Values in w are -1, 0, +1, row-major M x K. */
typedef struct tk_layout {
    const char *name;
    float bits_per_weight;
    size_t align;                                         /* bytes; packed start must be a multiple */
    const char *(*reject)(tk_shape);                      /* NULL if the shape fits, else the reason */
    size_t (*size)(tk_shape);                             /* packed bytes of the whole M x K matrix */
    size_t (*row_bytes)(tk_shape);                        /* packed bytes of a row (what GEMV streams) */
    bool (*pack)(void *dst, const int8_t *w, tk_shape);   /* false: a value outside {-1,0,+1}, or `refuses` */
    void (*unpack)(int8_t *w, const void *src, tk_shape); /* total: code 3 unpacks to +2 */
    /* Layouts that hold some ternary matrices only; NULL otherwise: */
    const char *refuses;              /* what pack refuses besides, in words */
    void (*suit)(int8_t *, tk_shape); /* makes any ternary matrix one that it holds: for invented weights */
} tk_layout;

/* What the fields mean, by op (shapes in elements, row-major, no padding; any byte alignment that the element
 * type allows unless the kernel's `align` asks for more):
 *
 * op           split  w                x                y                scale          sum
 * ternary_mul  K      int8[K]  in      f32[K] in        f32[K] out       -              -
 * i2s_mul      K      int8[K]  in      f32[K] in        f32[K] out       -              -
 * gemv, gemm   M      packed   in      int8 q[N][K] in  int32[N][M] out  -              int32[N] in: sum of q
 * dequant_sums M      f32[K]   in      int32[N][M] in   f32[N][M] out    x2: f32[N], dequant_sums.h
 * quant_a8     N      -                f32[N][K] in     int8[N][K] out   f32[N] out     int32[N] out
 * quant_w158   M      -                f32[M][K] in     int8[M][K] out   f32[1] out     -
 * rms_norm     N      f32[K]   in      f32[N][K] in     f32[N][K] out    x2: f32[1], eps
 * relu2_mul,   K      -                f32[K] in: gate  f32[K] out       x2: f32[K], up
 *   silu_mul
 * softmax      N      -                f32[N][K] in     f32[N][K] out
 * rope_*       N * M  -                f32[N][M][K] in  f32[N][M][K] out x2: angles, rope/rope.h
 * attention_*  N      K cache [G][K]   f32[N][M][K] in  f32[N][M][K] out attention/attention.h
 * head_*       M      GGUF rows in     f32[N][K] in     f32[N][M] out    head/head.h
 *
 * A call computes only [begin, end) of the split axis and writes only those outputs (quant_w158 writes its one
 * scale in every part: the same value). Threads call the same kernel with different parts. Axes:
 * whole problem = `shape`; [begin, end) may be empty and may start anywhere (kernels must not assume
 * multiples).
 */
typedef struct tk_args {
    tk_shape shape;
    size_t begin, end;
    const void *w;
    const void *x;
    const void *x2, *x3; /* further inputs of ops that have them */
    void *y;
    float *scale;
    int32_t *sum;
    void *scratch; /* kernel->scratch(shape) bytes, 64-byte aligned; what prepare leaves for run */
} tk_args;

enum {
    TK_SPECIAL = 1, /* made for one situation (an output beyond the caches, weights in L2): never the default */
    TK_LOOKUP = 4,  /* looks sums up instead of multiplying: may pass the roof of multiplications */
    TK_AUTOVEC = 2, /* set by the build: the generic file compiled with the vectoriser on */
};

typedef struct tk_kernel {
    const char *name;                /* file name = symbol = printed name = filter */
    const char *op, *format, *trick; /* from the file name; trick is "" when there is none */
    const tk_isa *isa;
    const tk_layout *layout;          /* NULL where the op has no packed weights */
    uint32_t flags;                   /* TK_* above */
    uint16_t step;                    /* elements of the split axis done at once; other sizes work too */
    uint16_t step_k;                  /* columns done at once */
    uint16_t align;                   /* bytes that w, x and y must be aligned to; 0 = element size */
    const char *(*reject)(tk_shape);  /* NULL, or a further limit: returns the reason or NULL */
    size_t (*scratch)(tk_shape);      /* NULL = 0 bytes */
    void (*prepare)(const tk_args *); /* NULL = nothing; all parts are done before any run starts */
    void (*run)(const tk_args *);     /* the timed body */
    const char *note;                 /* one line: what makes this one different */
} tk_kernel;

/* TK_KERNEL(gemv_i2s__avx2, .layout = &tk_layout_i2s, .run = run, ...): the last thing in a variant file.
 * The build passes TK_OP, TK_FORMAT, TK_ISA, TK_TRICK and TK_BUILD_FLAGS taken from the file name. */
#define TK_STR_(x)    #x
#define TK_STR(x)     TK_STR_(x)
#define TK_CAT_(a, b) a##b
#define TK_CAT(a, b)  TK_CAT_(a, b)
#define TK_KERNEL(symbol, ...)                                                                                 \
    extern const tk_isa TK_CAT(tk_isa_, TK_ISA);                                                               \
    extern const tk_kernel symbol;                                                                             \
    const tk_kernel symbol = {.name = TK_STR(symbol),                                                          \
                              .op = TK_STR(TK_OP),                                                             \
                              .format = TK_STR(TK_FORMAT),                                                     \
                              .trick = TK_TRICK,                                                               \
                              .isa = &TK_CAT(tk_isa_, TK_ISA),                                                 \
                              .flags = (TK_BUILD_FLAGS) | TK_KERNEL_FLAGS,                                     \
                              __VA_ARGS__}
#ifndef TK_KERNEL_FLAGS /* a variant may define it before including this header: TK_SPECIAL */
#define TK_KERNEL_FLAGS 0
#endif

extern const tk_layout tk_layout_i2s, tk_layout_i2s_64, tk_layout_qk256, tk_layout_tq1_0, tk_layout_tq2_0,
    tk_layout_tl1, tk_layout_tl2, tk_layout_iq2_bn, tk_layout_q2_0, tk_layout_b2x, tk_layout_b3,
    tk_layout_pq2_0, tk_layout_iq1_bn, tk_layout_ptq1_0, tk_layout_stq1_0, tk_layout_i2s_r4,
    tk_layout_iq2_bn_r4, tk_layout_b3x4;

#endif
