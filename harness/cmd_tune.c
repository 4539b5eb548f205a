/* cmd_tune.c: times the variants that dispatch may pick, block by block as bench does, and writes the choice
 * table of this machine. */
#include "harness/shapes.h"
#include "harness/stats.h"
#include "harness/tune.h"
#include "kernels/registry.h"
#include "models/ternary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct options {
    tl_selection sel;
    const char *format, *shapes, *sizes, *batch, *csv, *json;
    uint64_t milliseconds, reps, seed, parity;
    bool dry, quiet;
} options;

/* One class to tune: a case of bench, and what it is called in the table. */
typedef struct job {
    const tl_op *op;
    const char *format; /* of the weights */
    const char *scope;  /* "any" where the case holds every format of the op */
    tk_shape shape;
    int thread;
    bool cold;
} job;

typedef struct tune {
    const options *o;
    tl_bench_setup setup;
    job *jobs;
    size_t njobs, room;
    tk_choice_row *rows;
    size_t nrows;
    tl_table *table;
    bool *wrong; /* by index of tk_kernels: failed parity */
    int status;
} tune;

/* ---- planning -------------------------------------------------------------------------------------------- */
static bool add_job(tune *t, job j) {
    if (t->njobs == t->room) {
        t->room = t->room ? 2 * t->room : 64;
        t->jobs = realloc(t->jobs, t->room * sizeof *t->jobs);
        if (!t->jobs)
            abort();
    }
    t->jobs[t->njobs++] = j;
    return true;
}

/* A job for each format of the op; where there is only one, it answers for any. */
static void add_formats(tune *t, job j) {
    size_t n;
    const tk_kernel *const *k = tk_kernels(&n);
    const char *first = NULL;
    bool several = false;
    for (size_t i = 0; i < n; i++)
        if (!strcmp(k[i]->op, j.op->name)) {
            several |= first && strcmp(first, k[i]->format);
            first = first ? first : k[i]->format;
        }
    for (size_t i = 0; i < n; i++) {
        bool fresh = !strcmp(k[i]->op, j.op->name) && (!t->o->format || !strcmp(t->o->format, k[i]->format));
        for (size_t m = 0; m < i && fresh; m++)
            fresh = strcmp(k[m]->op, j.op->name) || strcmp(k[m]->format, k[i]->format);
        j.format = k[i]->format;
        j.scope = several ? j.format : "any";
        /* Weights are tuned as decoding finds them: in memory, not in a cache. */
        j.cold = k[i]->layout != NULL;
        if (fresh)
            add_job(t, j);
    }
}

/* The next of a list of counts from 1 to `limit` with K or M; 0 at its end, SIZE_MAX if it is no count. */
static size_t next_count(const char **p, size_t limit) {
    char *end;
    if (!**p)
        return 0;
    errno = 0;
    unsigned long long v = strtoull(*p, &end, 10), unit = 1;
    if (*end == 'K' || *end == 'M')
        unit = *end++ == 'K' ? 1024 : 1024 * 1024;
    if (end == *p || **p < '0' || **p > '9' || errno || v < 1 || v > limit / unit ||
        (*end && (*end != ',' || !end[1])))
        return SIZE_MAX;
    *p = end + (*end == ',');
    return v * unit;
}

static int plan_sizes(tune *t, const tl_op *op) {
    const char *p = t->o->sizes;
    for (size_t v; (v = next_count(&p, 1u << 30)) != 0;) {
        if (v == SIZE_MAX)
            return tl_bad("--sizes", "element counts such as 16K,1M were expected, found \"%s\"", t->o->sizes);
        for (int i = 0; i < t->o->sel.nthreads; i++)
            add_formats(t, (job){.op = op, .shape = {1, v, 1, 0}, .thread = i});
    }
    return *t->o->sizes ? TL_GO_ON : tl_bad("--sizes", "element counts were expected, found \"\"");
}

/* One matrix of the file with every N. Shapes that come again under another name are tuned once. */
static int plan_matrix(tune *t, const tl_op *op, tk_shape s) {
    const char *p = t->o->batch;
    bool tokens = !strcmp(op->axis, "N");
    if (tokens)
        s.m = 1;
    for (size_t n; (n = next_count(&p, 4096)) != 0;) {
        if (n == SIZE_MAX)
            return tl_bad("--batch", "token counts from 1 to 4096 such as 1,8,64 were expected, found \"%s\"",
                          t->o->batch);
        for (int i = 0; i < t->o->sel.nthreads; i++) {
            bool seen = false;
            s.n = n;
            for (size_t j = 0; j < t->njobs; j++)
                seen |=
                    t->jobs[j].op == op && !memcmp(&t->jobs[j].shape, &s, sizeof s) && t->jobs[j].thread == i;
            /* fewer tokens than threads: the split axis of this op leaves nothing to share */
            if (!seen && (!tokens || t->o->sel.threads[i] <= n))
                add_formats(t, (job){.op = op, .shape = s, .thread = i});
        }
    }
    return *t->o->batch ? TL_GO_ON : tl_bad("--batch", "token counts were expected, found \"\"");
}

static int plan_shapes(tune *t, const tl_op *op, const tl_shape_row *rows, size_t n) {
    bool weights = !strcmp(op->name, "quant_w158"); /* done once a model, not once a token: one shape will do */
    int status = TL_GO_ON;
    for (size_t i = 0; i < n && status == TL_GO_ON; i++)
        if (!weights || !i)
            status = plan_matrix(t, op, rows[i].shape);
    return status;
}

static int plan(tune *t) {
    char near[4096];
    tl_shape_row *rows = NULL;
    size_t n = 0, nops;
    const tl_op *const *ops = tl_ops(&nops);
    const char *path =
        t->o->shapes ? t->o->shapes : tl_find_near_program("datasets/shapes.csv", near, sizeof near);
    if (!path)
        return tl_bad("--shapes", "datasets/shapes.csv near the program was expected, found none");
    int status = tl_shapes_read(path, &rows, &n);
    for (size_t i = 0; i < nops && status == TL_GO_ON; i++)
        if (tl_op_selected(&t->o->sel, ops[i]->name))
            status = ops[i]->shapes_from_file ? plan_shapes(t, ops[i], rows, n) : plan_sizes(t, ops[i]);
    free(rows);
    if (status == TL_GO_ON && !t->njobs)
        status = tl_bad("--format", "a format of the op was expected (`ternlab list`), found \"%s\"",
                        t->o->format ? t->o->format : "");
    return status;
}

/* ---- one class ------------------------------------------------------------------------------------------- */
/* Leaves what dispatch may pick and what passed parity. */
static void keep_candidates(tune *t, tl_bench_case *c) {
    size_t n;
    const tk_kernel *const *all = tk_kernels(&n);
    int keep = 0;
    for (int i = 0; i < c->entries; i++) {
        size_t at = 0;
        while (all[at] != c->entry[i].kernel)
            at++;
        if (!t->wrong[at] && !(all[at]->flags & (TK_AUTOVEC | TK_SPECIAL)))
            c->entry[keep++] = c->entry[i];
    }
    c->entries = keep;
    tl_bench_relink(c);
}

static void print_class(tune *t, const tl_bench_case *c, const job *j, const tk_choice_row *r, size_t n) {
    tl_table_cell(t->table, "%s", j->op->name);
    tl_table_cell(t->table, "%zux%zux%zu", j->shape.m, j->shape.k, j->shape.n);
    tl_table_cell(t->table, "%u", c->threads);
    tl_table_cell(t->table, "%s", j->scope);
    tl_table_cell(t->table, "%s", j->cold ? "cold" : "hot");
    tl_table_cell(t->table, "%s", n ? r[0].name : "-");
    tl_table_cell(t->table, "%s", n > 1 ? r[1].name : "-");
    tl_table_cell(t->table, n > 1 ? "%.3fx" : "-", n > 1 ? r[1].ratio : 0);
    tl_table_cell(t->table, n > 1 ? "%.3f-%.3f" : "-", n > 1 ? r[1].low : 0, n > 1 ? r[1].high : 0);
    if (c->refused)
        tl_table_cell(t->table, "refused: %s", c->refused);
    else
        tl_table_cell(t->table, "%s", n > 1 && r[1].low <= 1 ? "tie" : "");
}

static int tune_class(tune *t, const job *j) {
    static tl_bench_case c; /* holds TL_MAX_ENTRIES entries: not for the stack */
    tk_choice_row *r = &t->rows[t->nrows];
    size_t n = 0;
    if (!tl_bench_plan(&c, &t->setup, j->op, j->format, j->shape, "", t->o->sel.threads[j->thread],
                       t->setup.pool[j->thread], j->cold))
        return TL_BAD;
    keep_candidates(t, &c);
    if (c.entries && !t->o->dry) {
        if (!tl_bench_open(&c))
            return TL_BAD;
        while (tl_bench_block(&c) >= 0)
            ;
        tl_bench_close(&c);
        n = tl_tune_rank(&c, j->scope, r);
        for (int i = 0; i < c.entries; i++)
            if (c.entry[i].wrong)
                t->status = TL_FAILED, tl_bad(c.entry[i].kernel->name, "the right answer was expected after "
                                                                       "timing, found a wrong one; left out");
        tl_bench_forget(&c);
    }
    print_class(t, &c, j, r, n);
    t->nrows += n;
    return TL_GO_ON;
}

/* ---- the run --------------------------------------------------------------------------------------------- */
/* Nothing is timed that has not just passed parity: every candidate of the ops that are tuned. */
static bool check_parity(tune *t) {
    size_t n;
    const tk_kernel *const *k = tk_kernels(&n);
    t->wrong = calloc(n, sizeof *t->wrong);
    for (size_t i = 0; t->wrong && i < n && !t->o->dry; i++) {
        bool used = false;
        char why[256];
        for (size_t j = 0; j < t->njobs; j++)
            used |= !strcmp(t->jobs[j].op->name, k[i]->op) && !strcmp(t->jobs[j].format, k[i]->format);
        if (!used || (k[i]->flags & (TK_AUTOVEC | TK_SPECIAL)) || tk_isa_state_of(k[i]->isa) != TK_ISA_OK ||
            !tl_parity_quick(k[i], (unsigned)t->o->parity, t->o->seed, why, sizeof why))
            continue;
        tl_bad(k[i]->name, "parity was expected, found %s; left out", why);
        t->wrong[i] = true;
        t->status = TL_FAILED;
    }
    return t->wrong != NULL;
}

static bool open_arena(const tune *t, tl_arena *arena) {
    static tl_bench_case c;
    bool cold = false;
    arena->bytes = tl_cold_bytes(&arena->is_short);
    for (const job *j = t->jobs; j < t->jobs + t->njobs; j++)
        if (j->cold && tl_bench_plan(&c, &t->setup, j->op, j->format, j->shape, "",
                                     t->o->sel.threads[j->thread], t->setup.pool[j->thread], true)) {
            cold = true;
            arena->bytes = tl_bench_arena_bytes(&c, 1, arena->bytes, tm_memory_there() / 3);
        }
    if (!cold || t->o->dry)
        return true;
    arena->base = tl_pages(arena->bytes, true);
    return arena->base != NULL;
}

static int tune_all(tune *t, tl_arena *arena) {
    tl_progress progress;
    int status = TL_GO_ON;
    t->rows = calloc(t->njobs * TL_MAX_ENTRIES, sizeof *t->rows);
    if (!t->rows || !check_parity(t) || !open_arena(t, arena))
        return tl_bad("tune", "memory to measure with was expected, found too little");
    tl_progress_start(&progress, "classes", t->njobs, t->o->quiet);
    for (size_t i = 0; i < t->njobs && status == TL_GO_ON; i++) {
        tl_progress_step(&progress, i);
        status = tune_class(t, &t->jobs[i]);
    }
    tl_progress_end(&progress);
    return status;
}

/* Folders of the default path are made; of a path that was given they are expected to be there. */
static void make_folders(char *path) {
    for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
        *p = 0;
        mkdir(path, 0777);
        *p = '/';
    }
}

static int write_table(const tune *t, tl_out *out, const char *path) {
    if (!t->nrows) {
        tl_out_discard(out);
        return tl_bad("tune", "a class that runs here was expected, found none");
    }
    if (!tk_choice_write(tl_out_file(out), t->rows, t->nrows)) {
        tl_out_discard(out);
        return tl_bad(path, "room for the choice table was expected, found: %s", strerror(errno));
    }
    return tl_out_close(out);
}

static int finish(const tune *t) {
    int status = t->o->csv ? tl_table_csv(t->table, t->o->csv) : TL_GOOD;
    if (t->o->json && status == TL_GOOD)
        status = tl_table_json(t->table, t->o->json);
    if (!t->o->quiet && (!t->o->csv || strcmp(t->o->csv, "-")) && (!t->o->json || strcmp(t->o->json, "-")))
        tl_table_print(t->table, stdout);
    return status;
}

static int run_tune(const options *o) {
    static const char *const head[] = {"op",     "shape",     "threads", "format", "state",
                                       "winner", "runner-up", "ratio",   "95 %",   ""};
    tl_arena arena = {0};
    char path[4096];
    tl_out *out = NULL;
    tune t = {.o = o, .status = TL_GOOD, .table = tl_table_new(sizeof head / sizeof *head, head)};
    t.setup = (tl_bench_setup){.sel = &o->sel,
                               .arena = &arena,
                               .phase = {[TL_RUN] = true},
                               .seconds = (double)o->milliseconds / 1e3,
                               .min_blocks = (unsigned)o->reps,
                               .max_blocks = o->reps > 60 ? (unsigned)o->reps : 60,
                               .seed = o->seed};
    int status = plan(&t);
    if (status == TL_GO_ON && !o->dry) {
        if (o->sel.choice ? snprintf(path, sizeof path, "%s", o->sel.choice) < 0
                          : !tk_choice_path(path, sizeof path))
            status = tl_bad("--choice", "a file to write was expected, found none (no $HOME)");
        else if (!o->sel.choice && !getenv("TERNLAB_CHOICE"))
            make_folders(path);
        if (status == TL_GO_ON && !(out = tl_out_open(path)))
            status = TL_BAD;
    }
    for (int i = 0; i < o->sel.nthreads && status == TL_GO_ON; i++)
        if (!(t.setup.pool[i] = tk_pool_new(o->sel.threads[i])))
            status = tl_bad("--threads", "%u threads were expected, found fewer", o->sel.threads[i]);
    if (status == TL_GO_ON)
        status = tune_all(&t, &arena);
    if (status == TL_GO_ON)
        status = o->dry ? TL_GOOD : write_table(&t, out, path);
    else
        tl_out_discard(out);
    if (status == TL_GOOD)
        status = finish(&t);
    if (status == TL_GOOD && !o->dry && !o->quiet)
        fprintf(stderr, "%zu rows in %s\n", t.nrows, path);
    for (int i = 0; i < o->sel.nthreads; i++)
        tk_pool_free(t.setup.pool[i]);
    tl_pages_free(arena.base, arena.bytes);
    tl_table_free(t.table);
    free(t.rows);
    free(t.wrong);
    free(t.jobs);
    return status == TL_GOOD ? t.status : status;
}

static int run(int argc, char **argv) {
    options o = {.sizes = "4K,64K,1M", .batch = "1", .milliseconds = 400, .reps = 9, .seed = 1, .parity = 100};
    const tl_option table[] = {
        TL_SELECTION_OPTIONS(o.sel),
        {"format", TL_OPT_TEXT, &o.format, "NAME", "only this weight format; default: all", 0, 0},
        {"threads", TL_OPT_TEXT, &o.sel.threads_text, "LIST", "thread counts; default: 1", 0, 0},
        {"shapes", TL_OPT_TEXT, &o.shapes, "FILE",
         "CSV with columns model,tensor,m,k; default: datasets/shapes.csv", 0, 0},
        {"batch", TL_OPT_TEXT, &o.batch, "LIST", "token counts N of each matrix; default: 1", 0, 0},
        {"sizes", TL_OPT_TEXT, &o.sizes, "LIST", "element counts of elementwise ops; default: 4K,64K,1M", 0, 0},
        {"time", TL_OPT_COUNT, &o.milliseconds, "MS", "budget of a class in milliseconds; default: 400", 1,
         3600000},
        {"reps", TL_OPT_COUNT, &o.reps, "N", "blocks at least; default: 9", 3, 1000},
        {"parity", TL_OPT_COUNT, &o.parity, "N", "parity cases before anything is timed; default: 100", 1,
         100000},
        {"seed", TL_OPT_COUNT, &o.seed, "N", "seed of data and order; default: 1", 1, 0},
        {"choice", TL_OPT_TEXT, &o.sel.choice, "FILE",
         "where the table goes ($TERNLAB_CHOICE); default: $XDG_CACHE_HOME or ~/.cache, ternlab/choice.tsv", 0,
         0},
        {"dry-run", TL_OPT_FLAG, &o.dry, NULL, "list what would be timed; time and write nothing", 0, 0},
        {"csv", TL_OPT_TEXT, &o.csv, "FILE", "the printed table as CSV", 0, 0},
        {"json", TL_OPT_TEXT, &o.json, "FILE", "the printed table as JSON", 0, 0},
        {"quiet", TL_OPT_FLAG, &o.quiet, NULL, "no table, no progress", 0, 0},
        {0}};
    const tl_usage usage = {
        "ternlab tune [options]",
        "Measures which variant is fastest on this machine for each op, shape, token count and thread count,\n"
        "and writes the choice table that dispatch reads from then on (`ternlab which` shows it at work).\n"
        "Weights are read from memory, as in decoding; other arrays are in the caches. The table belongs to\n"
        "this CPU and this build, and replaces an older one. A tie keeps the order without a table.",
        "ternlab tune --op gemv --threads 1,2 --batch 1,8", 0};
    int status = tl_parse(argc, argv, &usage, table, NULL);
    if (status == TL_GO_ON)
        status = tl_select(&o.sel);
    if (status == TL_GO_ON && o.sel.kernel)
        status = tl_bad("--kernel",
                        "no restriction was expected: a table of some variants would hide the "
                        "others; found \"%s\"",
                        o.sel.kernel);
    if (status == TL_GO_ON && (o.sel.choice ? !strcmp(o.sel.choice, "none") || !*o.sel.choice : false))
        status = tl_bad("--choice", "a file to write was expected, found \"%s\"", o.sel.choice);
    return status == TL_GO_ON ? run_tune(&o) : status;
}

const tl_command tl_cmd_tune = {"tune", "measures and writes the choice table that dispatch reads", run};
