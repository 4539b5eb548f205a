/* bench_block.c: one randomised block: every variant of a case and its baselines, once each, in random order.
 * Speed-ups are taken inside the block, so a clock that drifts between blocks cancels. */
#include "harness/bench.h"
#include "harness/stats.h"

#include <stdlib.h>
#include <string.h>

/* A sample is long enough that the clock (20-50 ns) is noise, and that a variant finds the caches as it leaves
 * them: in 0.15 ms some variants are 3 to 5 % faster than in 1 or 10 ms, or in a process of their own. */
static const double usual_sample = 1e-3;

static void empty(const tk_args *a) {
    (void)a;
}
static const tk_kernel no_op = {.name = "no-op", .run = empty};

/* quant_a8 by dispatch, then the kernel's own prepare: what a token costs before its first GEMV. */
static void call_prepare(const tl_bench_case *b, const tl_entry *e, const tk_args *a) {
    if (b->quant) {
        tk_args q = {.shape = {1, b->shape.k, b->shape.n},
                     .begin = 0,
                     .end = b->shape.n,
                     .x = b->x_f32,
                     .y = tl_bench_array(b, offsetof(tk_args, x)),
                     .scale = b->x_scale,
                     .sum = tl_bench_array(b, offsetof(tk_args, sum))};
        b->quant->run(&q);
    }
    if (e->kernel->prepare)
        tk_pool_kernel(b->pool, e->kernel, a, a->end, true, false);
}

void tl_bench_call(const tl_bench_case *b, const tl_entry *e, const tk_args *a) {
    if (e->phase == TL_RUN)
        tk_pool_kernel(b->pool, e->kernel, a, a->end, false, true);
    else if (e->phase == TL_PREPARE)
        call_prepare(b, e, a);
    else
        e->kernel->layout->pack((void *)(uintptr_t)a->w, tl_bench_array(b, offsetof(tk_args, w)), b->shape);
}

/* Seconds for `calls` calls; arguments are worked out before the clock starts. */
static double timed(tl_bench_case *b, tl_entry *e, unsigned calls) {
    enum { AHEAD = 256 };
    static tk_args args[AHEAD];
    double total = 0;
    while (calls) {
        unsigned n = calls < AHEAD ? calls : AHEAD;
        if (e->phase != TL_RUN || !b->cold)
            n = calls;
        for (unsigned i = 0; i < (b->cold && e->phase == TL_RUN ? n : 1); i++)
            args[i] = tl_bench_args(b, e, b->cold && e->phase == TL_RUN);
        double start = tl_seconds();
        if (e->phase == TL_RUN && b->threads == 1)
            for (unsigned i = 0; i < n; i++)
                e->kernel->run(&args[b->cold ? i : 0]);
        else if (e->phase == TL_RUN)
            for (unsigned i = 0; i < n; i++)
                tk_pool_kernel(b->pool, e->kernel, &args[b->cold ? i : 0], args[0].end, false, true);
        else
            for (unsigned i = 0; i < n; i++)
                tl_bench_call(b, e, &args[0]);
        total += tl_seconds() - start;
        calls -= n;
    }
    return total;
}

/* Warms up and finds how many calls make a sample. */
static void calibrate(tl_bench_case *b) {
    tl_entry nothing = {.kernel = &no_op, .phase = TL_RUN};
    const double sample_seconds = b->setup->sample > 0 ? b->setup->sample : usual_sample;
    bool cold = b->cold;
    b->cold = false;
    timed(b, &nothing, 1000);
    double empty_calls[9];
    for (int i = 0; i < 9; i++)
        empty_calls[i] = timed(b, &nothing, 500) / 500;
    b->overhead = tl_median(empty_calls, 9);
    b->cold = cold;
    for (int i = 0; i < b->entries; i++) {
        tl_entry *e = &b->entry[i];
        double took = timed(b, e, 1);
        for (e->calls = 1; took < sample_seconds && e->calls < 1u << 20;) {
            double more = took > 0 ? sample_seconds / took * 1.2 : 16;
            e->calls = (unsigned)((double)e->calls * (more > 16 ? 16 : more < 1.3 ? 1.3 : more)) + 1;
            took = timed(b, e, e->calls);
        }
        e->calibrated = took;
    }
}

/* Is every selected variant's paired ratio known to 1 %, or its own time where it has no baseline? */
static bool stable(const tl_bench_case *b) {
    double *ratio = malloc(b->blocks * sizeof *ratio);
    bool all = ratio != NULL;
    for (int i = 0; all && i < b->entries; i++) {
        const tl_entry *e = &b->entry[i], *base = e->generic >= 0 ? &b->entry[e->generic] : NULL;
        for (unsigned j = 0; j < b->blocks; j++)
            ratio[j] = base && base != e ? base->ns[j] / e->ns[j] : e->ns[j];
        all = tl_relative_mad(ratio, b->blocks) < 0.01;
    }
    free(ratio);
    return all;
}

double tl_bench_block(void *ctx) {
    tl_bench_case *b = ctx;
    if (!b->blocks) {
        calibrate(b);
        if (b->setup->noise)
            tl_noise_look(b->setup->noise);
    }
    size_t order[TL_MAX_ENTRIES];
    double total = 0;
    tl_rng_shuffle(&b->rng, order, (size_t)b->entries);
    for (int i = 0; i < b->entries; i++) {
        tl_entry *e = &b->entry[order[i]];
        /* With threads, the empty call is the barrier: part of the price, so it is not taken off. */
        /* Hot means that this variant's own data is in the caches: one call that is not timed puts it there. */
        if (!b->cold && e->phase == TL_RUN && e->calls < 100)
            timed(b, e, 1);
        double off = e->phase == TL_RUN && b->threads == 1 ? b->overhead : 0;
        const uint64_t switches = tl_noise_switches(false);
        double took = timed(b, e, e->calls), call = took / e->calls - off;
        e->switched[b->blocks] = tl_noise_switches(false) != switches;
        e->ns[b->blocks] = call > 1e-10 ? call * 1e9 : 0.1;
        total += took;
    }
    if (b->setup->noise)
        b->span[b->blocks] = tl_noise_look(b->setup->noise);
    b->blocks++;
    b->stop = "repetitions";
    if (b->blocks < b->setup->min_blocks)
        return total;
    if (tl_seconds() - b->started > b->setup->seconds)
        b->stop = "time";
    else if (b->blocks % 4 == 0 && stable(b))
        b->stop = "stable";
    return b->blocks == b->setup->max_blocks || strcmp(b->stop, "repetitions") ? -total : total;
}

/* Time stolen and the clock are known of the whole block, switches of the sample itself. */
unsigned tl_bench_mark(const tl_bench_case *b, const tl_entry *e, unsigned block) {
    tl_noise_span s = b->span[block];
    s.switches = e->switched[block];
    return tl_noise_mark(b->setup->noise, &s);
}

tl_placed tl_bench_place(const tl_bench_case *b, const tl_entry *e, double ns) {
    tl_placed p = {.roof_kind = "read"};
    double bytes = tl_bench_bytes(b, e->kernel->layout), ops = b->op->ops(b->shape);
    if (e->phase != TL_RUN) /* bytes and operations are the run's */
        return p;
    p.gbps = bytes / ns;
    p.gops = ops / ns;
    double read = b->read_roof, peak = b->peak / 1e9;
    double dram = tl_roof_dram(b->setup->roofs, b->threads);
    if (b->cold && dram > read) /* a neighbour may have held the memory just before and after */
        read = dram;
    double read_pct = 100 * p.gbps / read, peak_pct = 100 * p.gops / peak;
    p.int8_pct = b->op->integer_ops ? peak_pct : 0;
    bool tiles = b->op->integer_ops && !strcmp(e->kernel->isa->name, "amx");
    if (tiles) /* int8_pct stays a share of the vector rate: above 100 says what tiles are worth */
        peak_pct = 100 * p.gops / (b->tile_peak / 1e9);
    p.dram_pct = 100 * p.gbps / dram;
    p.roof_pct = read_pct > peak_pct ? read_pct : peak_pct;
    if (peak_pct >= read_pct)
        p.roof_kind = tiles ? "tile" : b->op->integer_ops ? "int8" : "f32";
    return p;
}

bool tl_bench_beyond_roof(const tl_bench_case *b, const tl_entry *e) {
    return b->op->integer_ops && e->phase == TL_RUN && !(e->kernel->flags & TK_LOOKUP) &&
           tl_bench_place(b, e, tl_median(e->ns, b->blocks)).roof_pct > 102;
}
