/* bench.h: one bench case = (op, format, shape, threads, state); one block = every variant of it once, in
 * random order.
 *
 * bench_case.c makes the buffers, bench_block.c times a block, bench_csv.c writes rows; cmd_bench.c plans the
 * cases and gives them to Google Benchmark. Whatever else times kernels uses the same block function.
 */
#ifndef TL_BENCH_H
#define TL_BENCH_H

#include "harness/cli.h"
#include "harness/machine_info.h"
#include "harness/machine_roof.h"
#include "harness/noise.h"
#include "harness/parity.h"
#include "kernels/pool.h"

typedef enum { TL_RUN, TL_PREPARE, TL_PACK, TL_PHASES } tl_phase;
extern const char *const tl_phase_names[TL_PHASES];

/* What is timed side by side in a block: a variant in one phase. */
typedef struct tl_entry {
    const tk_kernel *kernel;
    tl_phase phase;
    uint8_t *scratch;
    unsigned calls;       /* per sample, calibrated */
    double *ns;           /* per block: nanoseconds a call, overhead subtracted */
    bool *switched;       /* per block: it lost its core while it was timed */
    int generic, autovec; /* entries of its baselines, -1 if there are none */
    double calibrated;    /* seconds a call, at calibration */
    bool wrong;           /* an answer was wrong after timing */
} tl_entry;

enum { TL_MAX_ENTRIES = 320, TL_MAX_LAYOUTS = 32 };

/* Memory that a whole run shares: large enough that what is read again has left every cache. */
typedef struct tl_arena {
    uint8_t *base;
    size_t bytes;
    bool is_short;
} tl_arena;

typedef struct tl_bench_setup {
    const tl_selection *sel;
    tl_roofs *roofs;            /* NULL: cases are compared, not placed against roofs */
    tl_arena *arena;            /* NULL base: no cold cases were asked for */
    tl_noise *noise;            /* NULL: nobody asks what disturbed a block */
    tk_pool *pool[TL_MAX_LIST]; /* by index of sel->threads */
    bool phase[TL_PHASES];
    double sample;     /* seconds of calls a sample; 0: the usual millisecond */
    bool no_baselines; /* no generic and no autovec build */
    tl_case *inputs;   /* of the one case: the caller's, which no answer is checked by; NULL: drawn by `seed` */
    double seconds;    /* budget a case */
    unsigned min_blocks, max_blocks;
    uint64_t seed;
} tl_bench_setup;

typedef struct tl_bench_case {
    const tl_bench_setup *setup;
    const tl_op *op;
    const char *format; /* of all its entries; NULL: all formats that hold the shape, paired in one block */
    tk_shape shape;
    char label[100]; /* model and tensor, for people */
    unsigned threads;
    tk_pool *pool;
    bool cold;
    const char *refused;    /* not NULL: no layout of the selected variants holds this shape, and why */
    tl_case *data;          /* inputs and expected outputs */
    float *x_f32, *x_scale; /* phase prepare of packed weights: activations to quantise, and their scales */
    const tk_kernel *quant; /* and what dispatch quantises them with, or NULL */
    tl_entry entry[TL_MAX_ENTRIES];
    int entries;
    uint8_t *hot; /* one instance: every array, and the packed weights of every layout */
    size_t hot_bytes;
    /* What rotates when cold: the packed weights of each layout in a share of the arena of its own, one cursor
     * for all entries of a layout, so that none finds what another just read. Ops without layouts: one share
     * for all arrays. */
    struct tl_share {
        const tk_layout *layout;
        size_t at, bytes, instances, next;
    } share[TL_MAX_LAYOUTS];
    int shares;
    tl_rng rng;
    double read_roof, peak, tile_peak; /* GB/s and operations a second, vectors and AMX tiles: measured just
                                          before and just after the case */
    double overhead;                   /* seconds a call of an empty kernel through the same path */
    unsigned blocks;
    tl_noise_span *span; /* per block, with setup->noise */
    double started;
    const char *stop; /* why it ended: "stable", "time", "repetitions" */
} tl_bench_case;

/* Plans: which variants, is the shape refused? Allocates nothing. False: more than TL_MAX_ENTRIES (printed). */
bool tl_bench_plan(tl_bench_case *, const tl_bench_setup *, const tl_op *, const char *format, tk_shape,
                   const char *label, unsigned threads, tk_pool *, bool cold);
/* Bytes of an arena for these planned cases: each layout's share holds `rotate`, which leaves every cache, and
 * an instance more; where `limit` forbids that, all shares together do, and each two instances of every cold
 * case that fits so. */
size_t tl_bench_arena_bytes(const tl_bench_case *, size_t n, size_t rotate, size_t limit);
/* Finds every entry's baselines again after entries were taken out. */
void tl_bench_relink(tl_bench_case *);
/* Buffers and expected answers. False: printed, nothing is left allocated. */
bool tl_bench_open(tl_bench_case *);
/* One block; negative when the case is settled. */
double tl_bench_block(void *bench_case);
/* Every variant once more, over poisoned outputs, on the buffers it was timed on: is the answer right? Frees
 * all but the samples. */
void tl_bench_close(tl_bench_case *);
void tl_bench_forget(tl_bench_case *); /* frees the samples */

/* One call of an entry with these arrays. */
void tl_bench_call(const tl_bench_case *, const tl_entry *, const tk_args *);
/* The case's own array behind this field of tk_args: unpacked weights, inputs. */
void *tl_bench_array(const tl_bench_case *, size_t field);
/* Bytes that a run must move: all arrays when hot; when cold only those that rotate, for the others stay warm.
 */
double tl_bench_bytes(const tl_bench_case *, const tk_layout *);
/* The arrays of a call: hot (cold = false), or the next instance of the entry's share. */
tk_args tl_bench_args(tl_bench_case *, const tl_entry *, bool cold);

/* Placed against the roofs: GB/s, 10^9 operations a second, and shares in percent of a median time. */
typedef struct tl_placed {
    double gops, gbps, int8_pct, dram_pct, roof_pct;
    const char *roof_kind; /* "int8", "tile", "f32", "read" */
} tl_placed;
tl_placed tl_bench_place(const tl_bench_case *, const tl_entry *, double ns);
/* Multiplications, more than 2 % faster than the roof allows: the roof is wrong. */
bool tl_bench_beyond_roof(const tl_bench_case *, const tl_entry *);

/* CSV of SCHEMA.md. */
int tl_bench_csv_header(tl_out *);
int tl_bench_csv_rows(tl_out *, const tl_bench_case *, const tl_machine *);
/* What disturbed an entry's sample of this block: bits of TL_NOISE_*; once the noise has ended. */
unsigned tl_bench_mark(const tl_bench_case *, const tl_entry *, unsigned block);

#endif
