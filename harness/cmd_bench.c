/* cmd_bench.c: plans the cases, checks parity, measures the roofs, lets Google Benchmark drive, prints. */
#include "harness/bench.h"
#include "harness/csv.h"
#include "harness/gbench_shim.h"
#include "harness/parity.h"
#include "harness/shapes.h"
#include "harness/stats.h"
#include "kernels/registry.h"
#include "models/ternary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct options {
    tl_selection sel;
    const char *shapes, *state, *phase, *sizes, *csv, *json, *md;
    uint64_t milliseconds, reps, seed, parity;
    const char *batch;
    size_t batches[16]; /* of --batch, ended by 0 */
    bool quick, quiet, no_baselines;
} options;

/* Everything the callbacks need; one bench runs at a time. */
typedef struct bench {
    const options *o;
    tl_bench_setup setup;
    tl_machine machine;
    tl_noise noise;
    size_t samples, disturbed;
    tl_bench_case *cases;
    size_t ncases, room, done;
    tl_shape_row *shapes; /* --shapes, once an op has asked for it */
    size_t nshapes;
    tl_out *csv, *json, *md;
    tl_table *table;
    tl_progress progress;
    int status; /* the worst so far */
} bench;

static void worse(bench *b, int status) {
    b->status = status > b->status ? status : b->status;
}

static int check_list(const char *option, const char *list, const char *const *allowed) {
    for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',') {
        size_t n = strcspn(p, ",");
        bool known = false;
        for (int i = 0; allowed[i]; i++)
            known |= strlen(allowed[i]) == n && !strncmp(allowed[i], p, n);
        if (!known)
            return tl_bad(option, "a list of %s, %s ... was expected, found \"%s\"", allowed[0], allowed[1],
                          list);
    }
    return *list ? TL_GO_ON : tl_bad(option, "a list was expected, found \"\"");
}

/* ---- planning ----------------------------------------------------------------------------------------------
 */
static int plan(bench *b, const tl_op *op, const char *format, tk_shape shape, const char *label, int thread,
                bool cold) {
    if (b->ncases == b->room) {
        b->room = b->room ? 2 * b->room : 64;
        b->cases = realloc(b->cases, b->room * sizeof *b->cases);
        if (!b->cases)
            abort();
    }
    tl_bench_case *c = &b->cases[b->ncases];
    if (!tl_bench_plan(c, &b->setup, op, format, shape, label, b->o->sel.threads[thread], b->setup.pool[thread],
                       cold))
        return TL_BAD;
    b->ncases += c->entries > 0 || (c->refused && format); /* format NULL: each refusal has a case of its own */
    return TL_GO_ON;
}

/* Does any selected variant of this op and format hold the shape? */
static bool holds(const bench *b, const tl_op *op, const char *format, tk_shape shape) {
    size_t n;
    const tk_kernel *const *k = tk_kernels(&n);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(k[i]->op, op->name) && !strcmp(k[i]->format, format) && tl_selected(&b->o->sel, k[i]) &&
            !tk_kernel_refuses(k[i], shape))
            return true;
    return false;
}

/* One case for all formats that hold the shape, so that every pair of variants is paired; one for each of the
 * others, which says why not. */
static int plan_states(bench *b, const tl_op *op, tk_shape shape, const char *label, int thread,
                       bool cold_too) {
    size_t n;
    const tk_kernel *const *k = tk_kernels(&n);
    int status = TL_GO_ON;
    const bool hot = tl_in_list(b->o->state, "hot"), cold = tl_in_list(b->o->state, "cold") && cold_too;
    if (hot)
        status = plan(b, op, NULL, shape, label, thread, false);
    if (cold && status == TL_GO_ON)
        status = plan(b, op, NULL, shape, label, thread, true);
    for (size_t i = 0; i < n && status == TL_GO_ON; i++) {
        bool fresh = !strcmp(k[i]->op, op->name) && !holds(b, op, k[i]->format, shape);
        for (size_t j = 0; j < i && fresh; j++)
            fresh = strcmp(k[j]->op, op->name) || strcmp(k[j]->format, k[i]->format);
        if (fresh && hot)
            status = plan(b, op, k[i]->format, shape, label, thread, false);
        if (fresh && cold && status == TL_GO_ON)
            status = plan(b, op, k[i]->format, shape, label, thread, true);
    }
    return status;
}

static int plan_sizes(bench *b, const tl_op *op) {
    int status = TL_GO_ON;
    for (const char *p = b->o->sizes; status == TL_GO_ON;) {
        char *end, label[32];
        errno = 0;
        unsigned long long v = strtoull(p, &end, 10), unit = 1;
        if (*end == 'K' || *end == 'M')
            unit = *end++ == 'K' ? 1024 : 1024 * 1024;
        if (end == p || *p == '-' || errno || v < 1 || v > 1u << 30 || v * unit > 1u << 30 ||
            (*end && (*end != ',' || !end[1])))
            return tl_bad("--sizes", "element counts such as 1K,16K,1M were expected, found \"%s\"",
                          b->o->sizes);
        snprintf(label, sizeof label, "%.*s", (int)(end - p), p);
        for (int t = 0; t < b->o->sel.nthreads && status == TL_GO_ON; t++)
            status = plan_states(b, op, (tk_shape){1, v * unit, 1}, label, t, v * unit >= 1u << 20);
        if (!*end)
            break;
        p = end + 1;
    }
    return status;
}

/* Once for all ops: the file may be standard input. */
static int read_shapes(bench *b) {
    char near[4096];
    const char *path =
        b->o->shapes ? b->o->shapes : tl_find_near_program("datasets/shapes.csv", near, sizeof near);
    if (b->shapes)
        return TL_GO_ON;
    if (!path)
        return tl_bad("--shapes", "datasets/shapes.csv near the program was expected, found none");
    return tl_shapes_read(path, &b->shapes, &b->nshapes);
}

/* GEMV: every shape. Quantisers: each distinct K (activations), two matrices (weights). */
/* --batch LIST, ended by 0. */
static int read_batches(options *o) {
    size_t n = 0;
    for (const char *p = o->batch; p && *p;) {
        char *end;
        errno = 0;
        const unsigned long long v = strtoull(p, &end, 10);
        if (end == p || *p < '0' || *p > '9' || errno || v < 1 || v > 1u << 16 ||
            n + 1 == sizeof o->batches / sizeof *o->batches || (*end && (*end != ',' || !end[1])))
            return tl_bad("--batch", "up to 15 token counts such as 1,8,128 were expected, found \"%s\"",
                          o->batch);
        o->batches[n++] = v;
        p = *end ? end + 1 : end;
    }
    return TL_GO_ON;
}

/* An op's own shapes. */
static int plan_own(bench *b, const tl_op *op) {
    int status = TL_GO_ON;
    for (const tl_bench_shape *s = op->shapes; s->label && status == TL_GO_ON; s++)
        for (int t = 0; t < b->o->sel.nthreads && status == TL_GO_ON; t++)
            if (!t || op->extent(s->shape) > 1)
                status = plan_states(b, op, s->shape, s->label, t, true);
    return status;
}

static int plan_batches(bench *b, const tl_op *op, tk_shape s, const char *label, int thread) {
    static const size_t one[] = {1, 0};
    const size_t *batches = b->o->batches[0] ? b->o->batches : op->batches ? op->batches : one;
    int status = TL_GO_ON;
    for (; *batches && status == TL_GO_ON; batches++) {
        s.n = *batches;
        status = plan_states(b, op, s, label, thread, true);
    }
    return status;
}

static int plan_shapes(bench *b, const tl_op *op) {
    int status = read_shapes(b);
    bool tokens = !strcmp(op->axis, "N"), weights = !strcmp(op->name, "quant_w158");
    for (size_t i = 0; status == TL_GO_ON && i < b->nshapes; i++) {
        const tl_shape_row *rows = b->shapes;
        char label[100];
        tk_shape s = rows[i].shape;
        bool seen = weights && i >= 2;
        snprintf(label, sizeof label, "%s %s", rows[i].model, rows[i].tensor);
        for (size_t j = 0; tokens && j < i; j++)
            seen |= rows[j].shape.k == s.k;
        if (tokens)
            s.m = 1;
        for (int t = 0; t < b->o->sel.nthreads && !seen && status == TL_GO_ON; t++)
            if (op->integer_ops)
                status = plan_batches(b, op, s, label, t);
            else if (!t || !tokens) /* one token cannot be split over threads */
                status = plan_states(b, op, s, label, t, false);
    }
    return status;
}

static int plan_all(bench *b) {
    size_t n;
    const tl_op *const *ops = tl_ops(&n);
    int status = TL_GO_ON;
    for (size_t i = 0; i < n && status == TL_GO_ON; i++)
        if (tl_op_selected(&b->o->sel, ops[i]->name))
            status = ops[i]->shapes             ? plan_own(b, ops[i])
                     : ops[i]->shapes_from_file ? plan_shapes(b, ops[i])
                                                : plan_sizes(b, ops[i]);
    if (status == TL_GO_ON && !b->ncases)
        status = tl_bad("bench", "a variant that runs here was expected, found none");
    return status;
}

/* ---- parity first ------------------------------------------------------------------------------------------
 */
/* A variant that fails is named and taken out of every case: nothing wrong is timed. */
static void drop_wrong(bench *b) {
    size_t n;
    const tk_kernel *const *k = tk_kernels(&n);
    for (size_t i = 0; i < n; i++) {
        bool used = false;
        char why[256];
        for (size_t c = 0; c < b->ncases; c++)
            for (int e = 0; e < b->cases[c].entries; e++)
                used |= b->cases[c].entry[e].kernel == k[i];
        if (!used || !tl_parity_quick(k[i], (unsigned)b->o->parity, b->o->seed, why, sizeof why))
            continue;
        fprintf(stderr, "ternlab: %s: parity was expected, found %s; not timed\n", k[i]->name, why);
        worse(b, TL_FAILED);
        for (size_t c = 0; c < b->ncases; c++) {
            tl_bench_case *bc = &b->cases[c];
            int keep = 0;
            for (int e = 0; e < bc->entries; e++)
                if (bc->entry[e].kernel != k[i])
                    bc->entry[keep++] = bc->entry[e];
            bc->entries = keep;
            tl_bench_relink(bc);
        }
    }
}

/* ---- what Google Benchmark calls ---------------------------------------------------------------------------
 */
static bench *running;

static void on_begin(void *ctx) {
    tl_bench_case *c = ctx;
    tl_progress_step(&running->progress, running->done);
    if (c->entries && !tl_bench_open(c)) {
        worse(running, TL_BAD);
        c->refused = "memory was short";
        c->format = c->format ? c->format : ""; /* of all formats */
        c->entries = 0;
    }
}

static double on_block(void *ctx) {
    tl_bench_case *c = ctx;
    return c->entries ? tl_bench_block(c) : -1;
}

/* Median of the ratios taken block by block, and its bootstrap interval. */
static void paired(tl_table *t, const double *ratio, unsigned blocks) {
    double low, high;
    if (!blocks) {
        tl_table_cell(t, "-");
        tl_table_cell(t, "-");
        return;
    }
    tl_median_interval(ratio, blocks, &low, &high);
    tl_table_cell(t, "%.2fx", tl_median(ratio, blocks));
    tl_table_cell(t, "%.2f-%.2f", low, high);
}

static void summarise(bench *b, const tl_bench_case *c, const tl_entry *e) {
    double ns = tl_median(e->ns, c->blocks), low = tl_quantile(e->ns, c->blocks, 0.1),
           high = tl_quantile(e->ns, c->blocks, 0.9);
    tl_placed p = tl_bench_place(c, e, ns);
    double *ratio = calloc(c->blocks, sizeof *ratio);
    const int base[] = {e->generic, e->autovec};
    if (!ratio)
        abort();
    tl_table_cell(b->table, "%s", c->op->name);
    if (c->op->shapes || (c->shape.m == 1 && c->op->axis[0] == 'K'))
        tl_table_cell(b->table, "%s", c->label);
    else
        tl_table_cell(b->table, c->shape.n > 1 && c->op->integer_ops ? "%zux%zux%zu" : "%zux%zu", c->shape.m,
                      c->shape.k, c->shape.n);
    tl_table_cell(b->table, "%u", c->threads);
    tl_table_cell(b->table, "%s", c->cold ? "cold" : "hot");
    tl_table_cell(b->table, "%s", tl_phase_names[e->phase]);
    tl_table_cell(b->table, "%s", e->phase == TL_PACK ? e->kernel->layout->name : e->kernel->name);
    tl_table_cell(b->table, "%.4g", ns / 1e3);
    tl_table_cell(b->table, "%.3g-%.3g", low / 1e3, high / 1e3);
    tl_table_cell(b->table, e->phase == TL_RUN ? "%.4g" : "-", p.gops);
    tl_table_cell(b->table, e->phase == TL_RUN ? "%.4g" : "-", p.gbps);
    for (int k = 0; k < 2; k++) {
        for (unsigned i = 0; base[k] >= 0 && i < c->blocks; i++)
            ratio[i] = c->entry[base[k]].ns[i] / e->ns[i];
        paired(b->table, ratio, base[k] >= 0 && &c->entry[base[k]] != e ? c->blocks : 0);
    }
    tl_table_cell(b->table, e->phase == TL_RUN ? "%.1f" : "-", p.roof_pct);
    tl_table_cell(b->table, "%s", e->phase == TL_RUN ? p.roof_kind : "");
    tl_table_cell(b->table, "%u %s", c->blocks, c->stop);
    tl_table_cell(b->table, "%s", e->wrong ? "WRONG" : "ok");
    free(ratio);
    if (e->wrong) {
        fprintf(stderr, "ternlab: %s: the right answer was expected after timing, found a wrong one\n",
                e->kernel->name);
        worse(b, TL_FAILED);
    }
    if (tl_bench_beyond_roof(c, e)) {
        fprintf(stderr,
                "ternlab: %s: at most 102 %% of the %s roof was expected, found %.1f %%: the roof is wrong\n",
                e->kernel->name, p.roof_kind, p.roof_pct);
        worse(b, TL_FAILED);
    }
}

static void on_end(void *ctx) {
    tl_bench_case *c = ctx;
    if (c->blocks)
        tl_bench_close(c);
    running->done++;
}

/* Rows and table of a finished case; frees its samples. */
static void publish(bench *b, tl_bench_case *c) {
    if (b->csv && tl_bench_csv_rows(b->csv, c, &b->machine) != TL_GO_ON)
        worse(b, TL_BAD);
    for (int i = 0; i < c->entries && c->blocks; i++) {
        summarise(b, c, &c->entry[i]);
        b->samples += c->blocks;
        for (unsigned block = 0; block < c->blocks; block++)
            b->disturbed += tl_bench_mark(c, &c->entry[i], block) != 0;
    }
    if (c->refused) {
        char shape[48], threads[16];
        snprintf(shape, sizeof shape, "%zux%zu", c->shape.m, c->shape.k);
        snprintf(threads, sizeof threads, "%u", c->threads);
        const char *row[] = {c->op->name, shape,     threads, c->cold ? "cold" : "hot",
                             "-",         "refused", "-",     "-",
                             "-",         "-",       "-",     "-",
                             "-",         "-",       "-",     "",
                             "",          c->refused};
        tl_table_row(b->table, row);
    }
    tl_bench_forget(c);
}

static int drive(bench *b) {
    tl_gbench_case *g = calloc(b->ncases, sizeof *g);
    char(*name)[96] = calloc(b->ncases, sizeof *name);
    if (!g || !name)
        abort();
    for (size_t i = 0; i < b->ncases; i++) {
        const tl_bench_case *c = &b->cases[i];
        snprintf(name[i], sizeof name[i], "%zu/%s/%zux%zux%zu/threads:%u/%s", i, c->op->name, c->shape.m,
                 c->shape.k, c->shape.n, c->threads, c->cold ? "cold" : "hot");
        g[i] = (tl_gbench_case){name[i], b->setup.max_blocks, on_block, on_begin, on_end, &b->cases[i]};
    }
    running = b;
    tl_progress_start(&b->progress, "cases", b->ncases, b->o->quiet);
    int failed = tl_gbench_run(g, (unsigned)b->ncases);
    tl_noise_end(&b->noise);
    tl_progress_end(&b->progress);
    free(g);
    free(name);
    /* The clock and the neighbours may have changed: a roof is the best of before and after. */
    static tl_roofs after;
    if (!failed && !b->o->quick &&
        tl_roofs_measure(&after, b->o->sel.threads, (unsigned)b->o->sel.nthreads, true, NULL, NULL))
        tl_roofs_best(b->setup.roofs, &after);
    for (size_t i = 0; i < b->ncases; i++)
        if (failed)
            tl_bench_forget(&b->cases[i]);
        else
            publish(b, &b->cases[i]);
    return failed
               ? tl_bad("bench", "Google Benchmark was expected to run %zu cases, found a refusal", b->ncases)
               : TL_GO_ON;
}

/* ---- set-up ------------------------------------------------------------------------------------------------
 */
static bool open_setup(bench *b, tl_arena *arena, tl_roofs *roofs) {
    bool cold = false;
    for (size_t i = 0; i < b->ncases; i++)
        cold |= b->cases[i].cold;
    if (!tl_roofs_measure(roofs, b->o->sel.threads, (unsigned)b->o->sel.nthreads, true, NULL, NULL))
        return false;
    if (cold) {
        const size_t rotate = tl_cold_bytes(&arena->is_short);
        if (arena->is_short)
            fprintf(stderr, "ternlab: cold: memory allows only %zu MiB, less than 4x the last-level cache\n",
                    rotate >> 20);
        arena->bytes = tl_bench_arena_bytes(b->cases, b->ncases, rotate, tm_memory_there() / 3);
        arena->base = tl_pages(arena->bytes, true);
    }
    return !cold || arena->base;
}

/* Closes one output: TL_BAD (printed) if it could not be written whole. */
static int finish(tl_out **o) {
    int status = *o ? tl_out_close(*o) : TL_GOOD;
    *o = NULL;
    return status;
}

static int write_files(bench *b) {
    if (b->json)
        tl_table_records(b->table, tl_out_file(b->json));
    if (b->md)
        tl_table_markdown(b->table, tl_out_file(b->md));
    int status = finish(&b->csv);
    if (status == TL_GOOD)
        status = finish(&b->json);
    if (status == TL_GOOD)
        status = finish(&b->md);
    if (!b->o->quiet) {
        char noise[200];
        tl_table_print(b->table, stdout);
        tl_noise_summary(&b->noise, &b->machine, noise, sizeof noise);
        printf("noise: %s, %zu of %zu samples disturbed\n", noise, b->disturbed, b->samples);
    }
    return status == TL_GOOD ? b->status : status;
}

static int run_bench(const options *o) {
    static const char *const head[] = {"op",      "shape",   "threads", "state", "phase",   "kernel",
                                       "us",      "p10-p90", "GMAC/s",  "GB/s",  "generic", "95 %",
                                       "autovec", "95 %",    "roof %",  "roof",  "blocks",  ""};
    static tl_roofs roofs;
    tl_arena arena = {0};
    bench b = {.o = o, .status = TL_GOOD};
    b.setup = (tl_bench_setup){.sel = &o->sel,
                               .roofs = &roofs,
                               .arena = &arena,
                               .noise = &b.noise,
                               .seconds = (double)o->milliseconds / 1e3,
                               .min_blocks = (unsigned)o->reps,
                               .max_blocks = o->reps > 60 ? (unsigned)o->reps : 60,
                               .seed = o->seed,
                               .no_baselines = o->no_baselines};
    for (int p = 0; p < TL_PHASES; p++)
        b.setup.phase[p] = tl_in_list(o->phase, tl_phase_names[p]);
    int status = TL_GO_ON;
    for (int t = 0; t < o->sel.nthreads && status == TL_GO_ON; t++)
        if (!(b.setup.pool[t] = tk_pool_new(o->sel.threads[t])))
            status = tl_bad("--threads", "%u threads were expected, found fewer", o->sel.threads[t]);
    tl_machine_read(&b.machine);
    tl_noise_begin(&b.noise, false);
    if (status == TL_GO_ON)
        status = plan_all(&b);
    /* Opened now: a path that cannot be written is found before the work, not after it. */
    if (status == TL_GO_ON &&
        ((o->csv && !(b.csv = tl_out_open(o->csv))) || (o->json && !(b.json = tl_out_open(o->json))) ||
         (o->md && !(b.md = tl_out_open(o->md)))))
        status = TL_BAD;
    if (status == TL_GO_ON && b.csv)
        status = tl_bench_csv_header(b.csv);
    b.table = tl_table_new(sizeof head / sizeof *head, head);
    if (status == TL_GO_ON) {
        drop_wrong(&b);
        status = open_setup(&b, &arena, &roofs)
                     ? drive(&b)
                     : tl_bad("bench", "memory to measure with was expected, found too little");
    }
    if (status == TL_GO_ON)
        status = write_files(&b);
    tl_out_discard(b.csv);
    tl_out_discard(b.json);
    tl_out_discard(b.md);
    tl_table_free(b.table);
    free(b.shapes);
    tl_noise_free(&b.noise);
    tl_pages_free(arena.base, arena.bytes);
    for (int t = 0; t < o->sel.nthreads; t++)
        tk_pool_free(b.setup.pool[t]);
    free(b.cases);
    return status;
}

static int run(int argc, char **argv) {
    static const char *const states[] = {"hot", "cold", NULL}, *const phases[] = {"run", "prepare", "pack",
                                                                                  NULL};
    options o = {.state = "hot,cold",
                 .phase = "run,prepare,pack",
                 .sizes = "1K,4K,16K,64K,1M,16M",
                 .seed = 1,
                 .parity = 200};
    const tl_option table[] = {
        TL_SELECTION_OPTIONS(o.sel),
        {"threads", TL_OPT_TEXT, &o.sel.threads_text, "LIST", "thread counts; default: 1", 0, 0},
        {"shapes", TL_OPT_TEXT, &o.shapes, "FILE",
         "CSV with columns model,tensor,m,k; default: datasets/shapes.csv", 0, 0},
        {"sizes", TL_OPT_TEXT, &o.sizes, "LIST",
         "element counts of elementwise ops; default: 1K,4K,16K,64K,1M,16M", 0, 0},
        {"batch", TL_OPT_TEXT, &o.batch, "LIST", "token counts of gemv and gemm; default: 1 and 8", 0, 0},
        {"no-baselines", TL_OPT_FLAG, &o.no_baselines, NULL,
         "without generic and autovec builds (large batches)", 0, 0},
        {"state", TL_OPT_TEXT, &o.state, "LIST",
         "hot (same buffers again), cold (from memory); default: hot,cold", 0, 0},
        {"phase", TL_OPT_TEXT, &o.phase, "LIST", "run, prepare, pack; default: all", 0, 0},
        {"time", TL_OPT_COUNT, &o.milliseconds, "MS", "budget of a case in milliseconds; default: 1500", 1,
         3600000},
        {"reps", TL_OPT_COUNT, &o.reps, "N", "repetitions (blocks) at least; default: 9", 3, 1000},
        {"parity", TL_OPT_COUNT, &o.parity, "N", "parity cases before anything is timed; default: 200", 1,
         100000},
        {"seed", TL_OPT_COUNT, &o.seed, "N", "seed of data and order; default: 1", 1, 0},
        {"quick", TL_OPT_FLAG, &o.quick, NULL,
         "defaults of 300 ms a case and 3 repetitions: to see that it works", 0, 0},
        {"csv", TL_OPT_TEXT, &o.csv, "FILE", "one row per repetition (reports/SCHEMA.md)", 0, 0},
        {"json", TL_OPT_TEXT, &o.json, "FILE", "the printed table as JSON", 0, 0},
        {"md", TL_OPT_TEXT, &o.md, "FILE", "the printed table as Markdown", 0, 0},
        {"quiet", TL_OPT_FLAG, &o.quiet, NULL, "no table, no progress", 0, 0},
        {0}};
    const tl_usage usage = {
        "ternlab bench [options]",
        "Times variants after they pass parity. Each repetition is one block: every variant and its baselines "
        "once, in\n"
        "random order; speed-ups are paired inside the block. Columns: speed-up over the generic C and over "
        "the\n"
        "compiler's own vectorising with the same ISA flags, each the median of the blocks' ratios with its 95 "
        "% "
        "bootstrap\n"
        "interval; GMAC/s, 10^9 multiply-accumulates a second (of ops without: elements); share of the "
        "binding\n"
        "roof measured in this run.",
        "ternlab bench --op gemv --threads 1,2 --state cold --csv bench.csv", 0};
    int status = tl_parse(argc, argv, &usage, table, NULL);
    if (status == TL_GO_ON)
        status = tl_select(&o.sel);
    if (status == TL_GO_ON)
        status = check_list("--state", o.state, states);
    if (status == TL_GO_ON)
        status = check_list("--phase", o.phase, phases);
    if (status == TL_GO_ON)
        status = read_batches(&o);
    if (status != TL_GO_ON)
        return status;
    if (o.sel.nthreads > TL_ROOF_THREADS)
        return tl_bad("--threads", "at most %d counts were expected, found %d", TL_ROOF_THREADS,
                      o.sel.nthreads);
    if (!o.milliseconds) /* not given */
        o.milliseconds = o.quick ? 300 : 1500;
    if (!o.reps)
        o.reps = o.quick ? 3 : 9;
    return run_bench(&o);
}

const tl_command tl_cmd_bench = {
    "bench", "times variants (parity first), hot and cold, against baselines and roofs", run};
