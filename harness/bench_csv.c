/* bench_csv.c: one row per repetition, as reports/SCHEMA.md says. */
#include "harness/bench.h"
#include "harness/csv.h"
#include "harness/stats.h"
#include "version.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* clang-format off */
static const char *const columns[] = {
    TL_RUN_COLUMNS, "op", "format", "kernel", "isa", "m", "k", "n", "threads", "state", "phase", "rep", "ns",
    "baseline_ns", "speedup", "gmacs", "gbps", "roof_pct", "noise", "ok", "label", "autovec_ns",
    "speedup_autovec", "roof_kind", "int8_pct", "dram_pct", "calls", "overhead_ns", "stop", "reason",
    TL_NOISE_COLUMNS, "disturbed"};
/* clang-format on */
enum { COLUMNS = sizeof columns / sizeof *columns };

int tl_bench_csv_header(tl_out *o) {
    return tl_csv_write_row(o, columns, COLUMNS);
}

typedef struct row {
    char cell[COLUMNS][160];
    int n;
} row;

static void put(row *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(row *r, const char *format, ...) {
    va_list v;
    va_start(v, format);
    vsnprintf(r->cell[r->n++], sizeof r->cell[0], format, v);
    va_end(v);
}

static void number(row *r, bool there, int decimals, double v) {
    if (there)
        put(r, "%.*f", decimals, v);
    else
        r->n++;
}

static int flush(tl_out *o, const row *r) {
    const char *cell[COLUMNS];
    for (int i = 0; i < COLUMNS; i++)
        cell[i] = i < r->n ? r->cell[i] : "";
    return tl_csv_write_row(o, cell, COLUMNS);
}

static void identity(row *r, const tl_bench_case *b, const tl_machine *m) {
    *r = (row){0};
    put(r, TL_BENCH_SCHEMA);
    put(r, "%s", m->host);
    put(r, "%s", m->cpu);
    put(r, "%s", TL_COMPILER);
    put(r, "%s", TL_FLAGS);
    put(r, "%s", TL_GIT);
    put(r, "%lld", (long long)time(NULL));
    put(r, "%s", b->op->name);
}

static void shape(row *r, const tl_bench_case *b, const char *phase) {
    put(r, "%zu", b->shape.m);
    put(r, "%zu", b->shape.k);
    put(r, "%zu", b->shape.n);
    put(r, "%u", b->threads);
    put(r, "%s", b->cold ? "cold" : "hot");
    put(r, "%s", phase);
}

static void surroundings(row *r, const tl_bench_case *b, const tl_machine *m) {
    tl_noise_row cell;
    tl_noise_cells(b->setup->noise, m, cell);
    for (int i = 0; i < TL_NOISE_CELLS; i++)
        put(r, "%s", cell[i]);
}

static int refused_row(tl_out *o, const tl_bench_case *b, const tl_machine *m) {
    row r;
    identity(&r, b, m);
    put(&r, "%s", b->format);
    put(&r, "%s", "");
    put(&r, "%s", "");
    shape(&r, b, "run");
    for (int i = 0; i < 8; i++)
        put(&r, "%s", "");
    put(&r, "refused");
    put(&r, "%s", b->label);
    for (int i = 0; i < 8; i++)
        put(&r, "%s", "");
    put(&r, "%s", b->refused);
    surroundings(&r, b, m);
    return flush(o, &r);
}

static int entry_rows(tl_out *o, const tl_bench_case *b, const tl_machine *m, const tl_entry *e) {
    const tl_entry *generic = e->generic >= 0 ? &b->entry[e->generic] : NULL;
    const tl_entry *autovec = e->autovec >= 0 ? &b->entry[e->autovec] : NULL;
    double noise = tl_relative_mad(e->ns, b->blocks);
    for (unsigned i = 0; i < b->blocks; i++) {
        tl_placed p = tl_bench_place(b, e, e->ns[i]);
        double plain = generic ? generic->ns[i] : 0, vectorised = autovec ? autovec->ns[i] : 0;
        row r;
        char mark[TL_NOISE_TEXT];
        identity(&r, b, m);
        put(&r, "%s", e->kernel->format);
        put(&r, "%s", e->phase == TL_PACK ? e->kernel->layout->name : e->kernel->name);
        put(&r, "%s", e->phase == TL_PACK ? "generic" : e->kernel->isa->name);
        shape(&r, b, tl_phase_names[e->phase]);
        put(&r, "%u", i);
        put(&r, "%.3f", e->ns[i]);
        number(&r, generic, 3, plain);
        number(&r, generic, 4, plain / e->ns[i]);
        number(&r, e->phase == TL_RUN, 4, p.gops);
        number(&r, e->phase == TL_RUN, 4, p.gbps);
        number(&r, e->phase == TL_RUN, 2, p.roof_pct);
        put(&r, "%.5f", noise);
        put(&r, "%s", e->wrong ? "no" : "yes");
        put(&r, "%s", b->label);
        number(&r, autovec, 3, vectorised);
        number(&r, autovec, 4, vectorised / e->ns[i]);
        put(&r, "%s", e->phase == TL_RUN ? p.roof_kind : "");
        number(&r, e->phase == TL_RUN, 2, p.int8_pct);
        number(&r, e->phase == TL_RUN, 2, p.dram_pct);
        put(&r, "%u", e->calls);
        put(&r, "%.3f", b->overhead * 1e9);
        put(&r, "%s", b->stop);
        put(&r, "%s", "");
        surroundings(&r, b, m);
        put(&r, "%s", tl_noise_text(tl_bench_mark(b, e, i), mark));
        int status = flush(o, &r);
        if (status != TL_GO_ON)
            return status;
    }
    return TL_GO_ON;
}

int tl_bench_csv_rows(tl_out *o, const tl_bench_case *b, const tl_machine *m) {
    if (b->refused)
        return refused_row(o, b, m);
    int status = TL_GO_ON;
    for (int i = 0; i < b->entries && status == TL_GO_ON; i++)
        status = entry_rows(o, b, m, &b->entry[i]);
    return status;
}
