/* report_data.c: CSV files of bench, parity, machine, e2e, eval and train, checked and aggregated. */
#include "harness/report.h"
#include "harness/stats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What the cells of a column have to be. */
typedef enum {
    TEXT,   /* without control characters */
    NAME,   /* of an op or a variant: pictures are named by it */
    WORD,   /* one of `words` */
    WHOLE,  /* a whole number */
    COUNT,  /* of threads */
    NUMBER, /* as tl_csv_number has it */
    MAYBE,  /* such a number, or nothing */
    REAL,   /* any number, also below 0 */
} cell_kind;
static const char *const expected[] = {[TEXT] = "text without control characters",
                                       [NAME] = "small letters, digits and _",
                                       [WHOLE] = "a whole number",
                                       [COUNT] = "a number of threads, 1 to 256,",
                                       [NUMBER] = "a number",
                                       [MAYBE] = "a number or nothing",
                                       [REAL] = "a number"};

typedef struct rule {
    const char *name;
    cell_kind kind;
    const char *words; /* commas between */
    bool later;        /* files of older versions have no such column */
} rule;

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
/* clang-format off */
static const rule in_bench[] = {
    [SCHEMA] = {"schema", WORD, TL_BENCH_SCHEMA}, [OP] = {"op", NAME}, [KERNEL] = {"kernel", NAME}, [ISA] = {"isa"},
    [M] = {"m", WHOLE}, [K] = {"k", WHOLE}, [N] = {"n", WHOLE}, [THREADS] = {"threads", COUNT},
    [STATE] = {"state", WORD, "hot,cold"}, [PHASE] = {"phase", WORD, "run,prepare,pack"}, [NS] = {"ns", MAYBE},
    [SPEEDUP] = {"speedup", MAYBE}, [GMACS] = {"gmacs", MAYBE}, [GBPS] = {"gbps", MAYBE}, [ROOF] = {"roof_pct", MAYBE},
    [OK] = {"ok", WORD, "yes,no,refused"}, [LABEL] = {"label"}, [AUTOVEC] = {"speedup_autovec", MAYBE},
    [KIND] = {"roof_kind"}, [INT8] = {"int8_pct", MAYBE}, [DRAM] = {"dram_pct", MAYBE}, [REASON] = {"reason"},
    [HOST] = {"host"}, {0}};
static const rule in_every_run[] = {{"load"}, {"steal_pct"}, {"switches"}, {"drift_pct"}, {"disturbed"}, {0}};
static const rule in_parity[] = {
    {"kernel"}, {"op"}, {"isa"}, {"cases", WHOLE}, {"passed", WHOLE}, {"verdict", WORD, "passed,FAILED,skipped (not executed)"},
    {"detector"}, {"first failure"}, {0}};
static const rule in_machine[] = {
    {"kind"}, {"name"}, {"threads", MAYBE}, {"bytes", MAYBE}, {"value"}, {"unit"}, {"form"}, {0}};
static const rule in_e2e[] = {
    {"schema", WORD, TL_E2E_OLDEST ",3," TL_E2E_SCHEMA}, {"model"}, {"kernels"}, {"layout"}, {"threads", COUNT},
    {"prompt", WHOLE}, {"depth", WHOLE}, {"gen", WHOLE}, {"batch", WHOLE, NULL, true}, {"ttft_ms", NUMBER},
    {"prefill_tps", NUMBER}, {"decode_tps", NUMBER}, {"tok_ms_p50", NUMBER}, {"tok_ms_p95", NUMBER}, {"tok_ms_p99", NUMBER},
    {"peak_rss_mb", NUMBER}, {"bytes_per_token", NUMBER}, {"roof_pct", MAYBE}, {"large_pct", MAYBE, NULL, true}, {"ms_norm_quantise", NUMBER},
    {"ms_qkv", NUMBER}, {"ms_rope_cache", NUMBER}, {"ms_attention", NUMBER}, {"ms_attn_output", NUMBER},
    {"ms_gate_up", NUMBER}, {"ms_down", NUMBER}, {"ms_head", NUMBER}, {0}};
static const rule in_eval[] = {
    {"suite"}, {"metric"}, {"topic"}, {"value", REAL}, {"low", REAL}, {"high", REAL}, {"n", WHOLE}, {0}};
static const rule in_training[] = {
    {"step", WHOLE}, {"tokens", WHOLE}, {"loss", NUMBER}, {"valid", MAYBE}, {"seconds", NUMBER}, {0}};
/* clang-format on */

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

static bool is_good(const rule *r, const char *cell) {
    double v;
    char *end;
    switch (r->kind) {
    case TEXT:
        return tl_csv_plain(cell);
    case NAME:
        return strspn(cell, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(cell);
    case WORD:
        return tl_in_list(r->words, cell);
    case WHOLE:
        return tl_csv_whole(cell);
    case COUNT:
        return tl_csv_number(cell, &v) && tl_csv_whole(cell) && v >= 1 && v <= TL_MAX_THREADS;
    case NUMBER:
        return tl_csv_number(cell, &v);
    case MAYBE:
        return !*cell || tl_csv_number(cell, &v);
    case REAL:
        strtod(cell, &end);
        return *cell && !*end;
    }
    return false;
}

/* One column, in the rows of this kind alone; NULL: in all. */
static int check_column(const char *path, const tl_csv *c, const rule *r, const char *kind) {
    const int column = tl_csv_column(c, r->name), kinds = tl_csv_column(c, "kind");
    if (column < 0)
        return r->later ? TL_GO_ON : tl_bad(path, "a column \"%s\" was expected, found none", r->name);
    for (size_t row = 0; row < c->rows; row++) {
        const char *cell = tl_csv_at(c, row, column);
        char want[80], found[70];
        if (is_good(r, cell) || (kind && strcmp(tl_csv_at(c, row, kinds), kind)))
            continue;
        snprintf(want, sizeof want, "%s%s", r->words ? "one of " : "", r->words ? r->words : expected[r->kind]);
        snprintf(found, sizeof found, "\"%.60s\"", cell);
        return tl_csv_bad(path, c->line[row + 1], r->name, want, found);
    }
    return TL_GO_ON;
}

static int check(const char *path, const tl_csv *c, const rule *rules) {
    int status = c->cut ? tl_csv_bad(path, c->line[c->rows], NULL, "a newline at the end of the row",
                                     "the end of the file: it was cut")
                        : TL_GO_ON;
    for (; rules->name && status == TL_GO_ON; rules++)
        status = check_column(path, c, rules, NULL);
    return status;
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
    static const int keys[] = {OP, KERNEL, M, K, N, THREADS, STATE, PHASE, LABEL, REASON};
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
#define CELL(i) tl_csv_at(c, from, column[i])
    tl_series s = {.machine = CELL(HOST),
                   .op = CELL(OP),
                   .kernel = CELL(KERNEL),
                   .isa = CELL(ISA),
                   .state = CELL(STATE),
                   .phase = CELL(PHASE),
                   .label = CELL(LABEL),
                   .ok = CELL(OK),
                   .roof_kind = CELL(KIND),
                   .reason = CELL(REASON),
                   .m = (size_t)value(c, from, column[M]),
                   .k = (size_t)value(c, from, column[K]),
                   .n = (size_t)value(c, from, column[N]),
                   .threads = (unsigned)value(c, from, column[THREADS]),
                   .reps = to - from};
#undef CELL
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
    status = check(path, c, in_bench);
    if (status == TL_GO_ON)
        status = check(path, c, in_every_run);
    for (int i = 0; i < COLUMNS; i++)
        column[i] = tl_csv_column(c, in_bench[i].name);
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

static int read_one(const char *path, tl_csv *c, const rule *rules) {
    const int status = path ? tl_csv_read(path, c) : TL_GO_ON;
    return status == TL_GO_ON && path ? check(path, c, rules) : status;
}

/* A file has every column of its version. */
static int check_e2e(const char *path, const tl_csv *c) {
    const rule batch = {"batch", WHOLE, NULL, false}, large = {"large_pct", MAYBE, NULL, false};
    const char version = c->rows ? *tl_csv_at(c, 0, tl_csv_column(c, "schema")) : *TL_E2E_OLDEST;
    int status = check(path, c, in_every_run);
    if (status == TL_GO_ON && version >= '3')
        status = check_column(path, c, &batch, NULL);
    if (status == TL_GO_ON && version >= '4')
        status = check_column(path, c, &large, NULL);
    return status;
}

int tl_report_read(tl_report_data *d, const tl_report_files *files) {
    static const rule roof = {"value", NUMBER, NULL, false};
    *d = (tl_report_data){0};
    const struct {
        const char *path;
        tl_csv *to;
        const rule *rules;
    } all[] = {{files->e2e, &d->e2e, in_e2e},
               {files->eval, &d->eval, in_eval},
               {files->training, &d->training, in_training},
               {files->parity, &d->parity, in_parity},
               {files->machine, &d->machine, in_machine}};
    int status = TL_GO_ON;
    for (size_t i = 0; i < sizeof all / sizeof *all && status == TL_GO_ON; i++)
        status = read_one(all[i].path, all[i].to, all[i].rules);
    if (status == TL_GO_ON && files->e2e)
        status = check_e2e(files->e2e, &d->e2e);
    if (status == TL_GO_ON)
        status = check_column(files->machine, &d->machine, &roof, "roof");
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
