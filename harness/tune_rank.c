/* tune_rank.c: who wins a tuned case. */
#include "harness/stats.h"
#include "harness/tune.h"

#include <stdlib.h>
#include <string.h>

/* Median and 95 % interval of e's time divided by base's, block by block; scratch holds a number a block. */
static double against(const tl_bench_case *c, const tl_entry *e, const tl_entry *base, double *scratch,
                      double *low, double *high) {
    for (unsigned i = 0; i < c->blocks; i++)
        scratch[i] = e->ns[i] / base->ns[i];
    tl_median_interval(scratch, c->blocks, low, high);
    return tl_median(scratch, c->blocks);
}

static void write_row(tk_choice_row *r, const tl_bench_case *c, const tl_entry *e, const char *format) {
    *r = (tk_choice_row){.shape = c->shape, .threads = c->threads, .kernel = e->kernel};
    snprintf(r->op, sizeof r->op, "%s", c->op->name);
    snprintf(r->format, sizeof r->format, "%s", format);
    snprintf(r->name, sizeof r->name, "%s", e->kernel->name);
}

static int by_ratio(const void *a, const void *b) {
    double x = ((const tk_choice_row *)a)->ratio, y = ((const tk_choice_row *)b)->ratio;
    return (x > y) - (x < y);
}

size_t tl_tune_rank(const tl_bench_case *c, const char *format, tk_choice_row *rows) {
    double *scratch = c->blocks ? malloc(c->blocks * sizeof *scratch) : NULL, low, high;
    const tl_entry *best = NULL, *winner = NULL;
    size_t n = 0;
    for (int i = 0; scratch && i < c->entries; i++) {
        const tl_entry *e = &c->entry[i];
        if (!e->wrong && (!best || tl_median(e->ns, c->blocks) < tl_median(best->ns, c->blocks)))
            best = e;
    }
    winner = best;
    for (int i = 0; best && i < c->entries; i++) {
        const tl_entry *e = &c->entry[i];
        if (e->wrong || e == best)
            continue;
        against(c, e, best, scratch, &low, &high);
        if (low <= 1 && tk_order_before(e->kernel, winner->kernel, c->shape))
            winner = e;
    }
    for (int i = 0; winner && i < c->entries; i++) {
        const tl_entry *e = &c->entry[i];
        if (e->wrong || e == winner)
            continue;
        tk_choice_row *r = &rows[1 + n++];
        write_row(r, c, e, format);
        r->ratio = against(c, e, winner, scratch, &r->low, &r->high);
    }
    free(scratch);
    if (!winner)
        return 0;
    write_row(&rows[0], c, winner, format);
    rows[0].ratio = rows[0].low = rows[0].high = 1;
    qsort(rows + 1, n, sizeof *rows, by_ratio);
    for (size_t i = 0; i <= n; i++)
        rows[i].rank = (unsigned)i + 1;
    return n + 1;
}
