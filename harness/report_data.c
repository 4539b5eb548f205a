/* report_data.c: CSV files of bench, parity and machine, checked and aggregated. */
#include "harness/report.h"
#include "harness/stats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    SCHEMA,
    OP,
    KERNEL,
    ISA,
    M,
    K,
    N,
    THREADS,
    STATE,
    PHASE,
    NS,
    SPEEDUP,
    GMACS,
    GBPS,
    ROOF,
    OK,
    LABEL,
    AUTOVEC,
    KIND,
    INT8,
    DRAM,
    REASON,
    HOST,
    COLUMNS
};
static const char *const names[COLUMNS] = {
    "schema",    "op",       "kernel",   "isa",    "m",    "k",        "n",  "threads", "state",
    "phase",     "ns",       "speedup",  "gmacs",  "gbps", "roof_pct", "ok", "label",   "speedup_autovec",
    "roof_kind", "int8_pct", "dram_pct", "reason", "host"};

bool tl_is_baseline(const tl_series *s) {
    return strstr(s->kernel, "__generic") || strstr(s->kernel, "__autovec_");
}

double tl_series_size(const tl_series *s) {
    return (double)s->m * (double)s->k * (double)s->n;
}

const char *tl_machine_fact(const tl_report_data *d, const char *name) {
    int kind = tl_csv_column(&d->machine, "kind"), what = tl_csv_column(&d->machine, "name"),
        value = tl_csv_column(&d->machine, "value");
    for (size_t i = 0; i < d->machine.rows && kind >= 0; i++)
        if (!strcmp(tl_csv_at(&d->machine, i, kind), "fact") && !strcmp(tl_csv_at(&d->machine, i, what), name))
            return tl_csv_at(&d->machine, i, value);
    return "unknown";
}

static int bad_cell(const char *path, const tl_csv *c, size_t row, int column, const char *expected) {
    char found[70];
    snprintf(found, sizeof found, "\"%.60s\"", tl_csv_at(c, row, column));
    return tl_csv_bad(path, c->line[row + 1], c->cell[column], expected, found);
}

static bool number_or_nothing(const char *text) {
    double v;
    return !*text || tl_csv_number(text, &v);
}

static int check_file(const char *path, const tl_csv *c, int *column) {
    static const int numeric[] = {M, K, N, THREADS, NS, SPEEDUP, GMACS, GBPS, ROOF, AUTOVEC, INT8, DRAM};
    for (int i = 0; i < COLUMNS; i++)
        if ((column[i] = tl_csv_column(c, names[i])) < 0)
            return tl_bad(path, "a column \"%s\" was expected, found none", names[i]);
    for (size_t r = 0; r < c->rows; r++) {
        if (strcmp(tl_csv_at(c, r, column[SCHEMA]), TL_BENCH_SCHEMA))
            return bad_cell(path, c, r, column[SCHEMA], TL_BENCH_SCHEMA);
        for (size_t i = 0; i < sizeof numeric / sizeof *numeric; i++)
            if (!number_or_nothing(tl_csv_at(c, r, column[numeric[i]])))
                return bad_cell(path, c, r, column[numeric[i]], "a number");
    }
    return TL_GO_ON;
}

static bool parity_passed(const tl_report_data *d, const char *kernel) {
    int name = tl_csv_column(&d->parity, "kernel"), verdict = tl_csv_column(&d->parity, "verdict");
    for (size_t i = 0; i < d->parity.rows; i++)
        if (!strcmp(tl_csv_at(&d->parity, i, name), kernel))
            return !strcmp(tl_csv_at(&d->parity, i, verdict), "passed");
    return false;
}

static double value(const tl_csv *c, size_t row, int column) {
    return strtod(tl_csv_at(c, row, column), NULL);
}

/* Rows of a series stand together in the file; they differ from the next in one of these. */
static bool same_series(const tl_csv *c, size_t a, size_t b, const int *column) {
    static const int keys[] = {OP, KERNEL, M, K, N, THREADS, STATE, PHASE, LABEL};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(tl_csv_at(c, a, column[keys[i]]), tl_csv_at(c, b, column[keys[i]])))
            return false;
    return true;
}

static void spread(const tl_csv *c, size_t from, size_t to, int column, double *median, double *low,
                   double *high) {
    double *x = calloc(to - from, sizeof *x);
    if (!x)
        abort();
    for (size_t i = from; i < to; i++)
        x[i - from] = value(c, i, column);
    *median = tl_median(x, to - from);
    if (low)
        *low = tl_quantile(x, to - from, 0.1);
    if (high)
        *high = tl_quantile(x, to - from, 0.9);
    free(x);
}

static tl_series aggregate(const tl_report_data *d, const tl_csv *c, size_t from, size_t to,
                           const int *column) {
#define TEXT(i) tl_csv_at(c, from, column[i])
    tl_series s = {.machine = TEXT(HOST),
                   .op = TEXT(OP),
                   .kernel = TEXT(KERNEL),
                   .isa = TEXT(ISA),
                   .state = TEXT(STATE),
                   .phase = TEXT(PHASE),
                   .label = TEXT(LABEL),
                   .ok = TEXT(OK),
                   .roof_kind = TEXT(KIND),
                   .reason = TEXT(REASON),
                   .m = (size_t)value(c, from, column[M]),
                   .k = (size_t)value(c, from, column[K]),
                   .n = (size_t)value(c, from, column[N]),
                   .threads = (unsigned)value(c, from, column[THREADS]),
                   .reps = to - from};
#undef TEXT
    spread(c, from, to, column[NS], &s.ns, &s.ns_low, &s.ns_high);
    spread(c, from, to, column[SPEEDUP], &s.speedup, &s.speedup_low, &s.speedup_high);
    spread(c, from, to, column[AUTOVEC], &s.autovec, &s.autovec_low, &s.autovec_high);
    spread(c, from, to, column[GMACS], &s.gops, NULL, NULL);
    spread(c, from, to, column[GBPS], &s.gbps, NULL, NULL);
    spread(c, from, to, column[ROOF], &s.roof, NULL, NULL);
    spread(c, from, to, column[INT8], &s.int8, NULL, NULL);
    spread(c, from, to, column[DRAM], &s.dram, NULL, NULL);
    s.trusted = !strcmp(s.ok, "yes") && (!strcmp(s.phase, "pack") || parity_passed(d, s.kernel));
    return s;
}

static const char *const in_every_run[] = {"load", "steal_pct", "switches", "drift_pct", "disturbed", NULL};

static int need_columns(const char *path, const tl_csv *c, const char *const *wanted) {
    for (int i = 0; wanted[i]; i++)
        if (tl_csv_column(c, wanted[i]) < 0)
            return tl_bad(path, "a column \"%s\" was expected, found none", wanted[i]);
    return TL_GO_ON;
}

static int add_bench(tl_report_data *d, const char *path) {
    int column[COLUMNS];
    tl_csv *grown = realloc(d->bench, (d->nbench + 1) * sizeof *grown);
    if (!grown)
        abort();
    d->bench = grown;
    tl_csv *c = &d->bench[d->nbench];
    int status = tl_csv_read(path, c);
    if (status != TL_GO_ON)
        return status;
    d->nbench++;
    status = check_file(path, c, column);
    if (status == TL_GO_ON)
        status = need_columns(path, c, in_every_run);
    for (size_t from = 0, to; status == TL_GO_ON && from < c->rows; from = to) {
        for (to = from + 1; to < c->rows && same_series(c, from, to, column); to++)
            ;
        tl_series *more = realloc(d->series, (d->nseries + 1) * sizeof *more);
        if (!more)
            abort();
        d->series = more;
        d->series[d->nseries++] = aggregate(d, c, from, to, column);
    }
    return status;
}

static int read_one(const char *path, tl_csv *c, const char *const *wanted) {
    const int status = path ? tl_csv_read(path, c) : TL_GO_ON;
    return status == TL_GO_ON && path ? need_columns(path, c, wanted) : status;
}

int tl_report_read(tl_report_data *d, const tl_report_files *files) {
    static const char *const in_parity[] = {"kernel",  "op",       "isa",           "cases", "passed",
                                            "verdict", "detector", "first failure", NULL};
    static const char *const in_machine[] = {"kind", "name", "threads", "bytes", "value", "unit", "form", NULL};
    static const char *const in_e2e[] = {
        "model",      "kernels",          "threads",     "prompt",     "depth",
        "gen",        "ttft_ms",          "prefill_tps", "decode_tps", "tok_ms_p50",
        "tok_ms_p95", "tok_ms_p99",       "peak_rss_mb", "layout",     "bytes_per_token",
        "roof_pct",   "ms_norm_quantise", "ms_head",     NULL};
    static const char *const in_eval[] = {"suite", "metric", "topic", "value", "low", "high", "n", NULL};
    static const char *const in_training[] = {"step", "tokens", "loss", "valid", "seconds", NULL};
    *d = (tl_report_data){0};
    const struct {
        const char *path;
        tl_csv *to;
        const char *const *wanted;
    } all[] = {{files->e2e, &d->e2e, in_e2e},
               {files->eval, &d->eval, in_eval},
               {files->training, &d->training, in_training},
               {files->parity, &d->parity, in_parity},
               {files->machine, &d->machine, in_machine}};
    int status = TL_GO_ON;
    for (size_t i = 0; i < sizeof all / sizeof *all && status == TL_GO_ON; i++)
        status = read_one(all[i].path, all[i].to, all[i].wanted);
    if (status == TL_GO_ON && files->e2e)
        status = need_columns(files->e2e, &d->e2e, in_every_run);
    if (status == TL_GO_ON && files->history &&
        (status = tl_history_read(files->history, &d->history)) == TL_GO_ON)
        tl_history_changes(&d->history, &tl_change_rules_usual);
    char *list = strdup(files->bench), *rest = list, *path;
    if (!list)
        abort();
    while (status == TL_GO_ON && (path = strsep(&rest, ",")))
        status = add_bench(d, path);
    free(list);
    return status;
}

void tl_report_free(tl_report_data *d) {
    for (size_t i = 0; i < d->nbench; i++)
        tl_csv_free(&d->bench[i]);
    tl_csv_free(&d->parity);
    tl_csv_free(&d->machine);
    tl_csv_free(&d->e2e);
    tl_csv_free(&d->eval);
    tl_csv_free(&d->training);
    tl_history_free(&d->history);
    free(d->bench);
    free(d->series);
}
