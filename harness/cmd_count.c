/* cmd_count.c: instructions of one call of each variant. The cross-built program has the counted side alone. */
#include "harness/cli.h"
#include "harness/count_calls.h"
#ifndef TL_CROSS
#include "harness/count.h"
#include "harness/gate_base.h"
#include "harness/gate_cases.h"
#include "version.h"
#endif

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef TL_CROSS
static int run(int argc, char **argv) {
    const char *here = NULL;
    const tl_option table[] = {{"here", TL_OPT_TEXT, &here, "CASES",
                                "call these, to be counted from outside (harness/count_calls.h)", 0, 0},
                               {0}};
    const tl_usage usage = {"ternlab count --here CASES", "What a counter on another machine runs.",
                            "ternlab count --here gemv_i2s__neon:64x256x1x0", 0};
    const int status = tl_parse(argc, argv, &usage, table, NULL);
    if (status != TL_GO_ON)
        return status;
    return here ? tl_count_here(here) : tl_bad("--here", "cases were expected, found none");
}
#else

typedef struct options {
    tl_selection sel;
    const char *here, *program, *counter, *shape_text, *csv, *json;
    tk_shape shape; /* of --shape; m 0: none */
    tl_counter by;
    bool quiet;
} options;

enum { MOST = 1024 };
typedef struct plan {
    tl_count_case count[MOST];
    const tl_op *op[MOST];
    char format[MOST][16], isa[MOST][16];
    size_t n;
} plan;

/* ---- cases ----------------------------------------------------------------------------------------------- */
/* "OP_FORMAT__ISA", "OP_FORMAT__ISA_TRICK" or "OP_FORMAT__autovec_ISA" taken apart; the op is the longest that
 * fits. False: no such name. */
static bool take_apart(const char *name, const tl_op **op, char format[16], char isa[16]) {
    size_t n;
    const tl_op *const *ops = tl_ops(&n);
    const char *tail = strstr(name, "__");
    *op = NULL;
    for (size_t i = 0; i < n && tail; i++)
        if (!strncmp(ops[i]->name, name, strlen(ops[i]->name)) && name[strlen(ops[i]->name)] == '_' &&
            name + strlen(ops[i]->name) < tail && (!*op || strlen(ops[i]->name) > strlen((*op)->name)))
            *op = ops[i];
    if (!*op)
        return false;
    const char *from = name + strlen((*op)->name) + 1;
    snprintf(format, 16, "%.*s", (int)(tail - from), from);
    tail += strncmp(tail, "__autovec_", 10) ? 2 : 10;
    snprintf(isa, 16, "%.*s", (int)strcspn(tail, "_"), tail);
    return true;
}

static bool add(plan *p, const char *name, const tl_op *op, const char *format, const char *isa,
                tk_shape shape) {
    if (p->n == MOST)
        return false;
    p->count[p->n] = (tl_count_case){.shape = shape};
    snprintf(p->count[p->n].kernel, sizeof p->count->kernel, "%s", name);
    snprintf(p->format[p->n], sizeof p->format[0], "%s", format);
    snprintf(p->isa[p->n], sizeof p->isa[0], "%s", isa);
    p->op[p->n++] = op;
    return true;
}

/* A variant at the shape of --shape, or at the usual ones of its op and format, if it is of a row that the
 * counter knows, or of --isa; baselines where --kernel names them. False: there are too many. */
static bool add_variant(plan *p, const options *o, const char *name) {
    const char *isas = o->sel.isa ? o->sel.isa : o->by == TL_VALGRIND ? TL_COUNT_ISAS : NULL;
    const tl_op *op;
    char format[16], isa[16];
    size_t n;
    const tl_usual_case *usual = tl_usual_cases(&n);
    if (!take_apart(name, &op, format, isa) || (isas && !tl_in_list(isas, isa)) ||
        (!o->sel.kernel && (!strcmp(isa, "generic") || strstr(name, "__autovec_"))))
        return true;
    if (o->shape.m)
        return add(p, name, op, format, isa, o->shape);
    for (size_t i = 0; i < n; i++)
        if (usual[i].threads == 1 && !strcmp(usual[i].op, op->name) &&
            (!usual[i].format || !strcmp(usual[i].format, format)) &&
            !add(p, name, op, format, isa, usual[i].shape))
            return false;
    return true;
}

/* What the program says that it has: it may be one of another architecture. */
static int make_plan(plan *p, const options *o, const char *program) {
    const char *argv[12] = {0};
    char name[80];
    size_t n = 0;
    if (o->by == TL_QEMU)
        argv[n++] = tl_count_emulator(program);
    argv[n++] = program;
    argv[n++] = "list";
    argv[n++] = "--names";
    if (o->sel.op)
        argv[n++] = "--op", argv[n++] = o->sel.op;
    if (o->sel.kernel)
        argv[n++] = "--kernel", argv[n++] = o->sel.kernel;
    FILE *said = tmpfile();
    const bool listed = said && !tl_run_program(argv, fileno(said), -1);
    bool room = true;
    if (listed)
        rewind(said);
    while (listed && room && fgets(name, sizeof name, said)) {
        name[strcspn(name, "\n")] = 0;
        room = add_variant(p, o, name);
    }
    if (said)
        fclose(said);
    if (!listed)
        return tl_bad(program, "a list of its variants was expected, found none");
    if (!room || !p->n)
        return tl_bad("count", "1 to %d cases of variants and shapes were expected, found %s", MOST,
                      room ? "none" : "more");
    return TL_GO_ON;
}

/* ---- output ---------------------------------------------------------------------------------------------- */
/* Instructions of a multiply-accumulate or an element. */
static double per_op(const plan *p, size_t i) {
    return (double)p->count[i].instructions / p->op[i]->ops(p->count[i].shape);
}

static tl_table *people_table(const plan *p) {
    static const char *const head[] = {"op", "shape", "kernel", "instructions", "a MAC or element", "note"};
    tl_table *t = tl_table_new(sizeof head / sizeof *head, head);
    for (size_t i = 0; i < p->n; i++) {
        const tl_count_case *c = &p->count[i];
        tl_table_cell(t, "%s", p->op[i]->name);
        tl_table_cell(t, "%zux%zux%zu", c->shape.m, c->shape.k, c->shape.n);
        tl_table_cell(t, "%s", c->kernel);
        tl_table_cell(t, *c->why ? "-" : "%llu", (unsigned long long)c->instructions);
        tl_table_cell(t, *c->why ? "-" : "%.4g", per_op(p, i));
        tl_table_cell(t, "%s", c->why);
    }
    return t;
}

static tl_table *records(const plan *p, const char *counter, bool own) {
    static const char *const head[] = {"schema", "git", "counter", "op", "format",       "kernel", "isa",
                                       "m",      "k",   "n",       "g",  "instructions", "per_op", "note"};
    tl_table *t = tl_table_new(sizeof head / sizeof *head, head);
    for (size_t i = 0; i < p->n; i++) {
        const tl_count_case *c = &p->count[i];
        const char *const text[] = {"1",          own ? TL_GIT : "", counter,  p->op[i]->name,
                                    p->format[i], c->kernel,         p->isa[i]};
        const size_t shape[] = {c->shape.m, c->shape.k, c->shape.n, c->shape.g};
        for (size_t j = 0; j < sizeof text / sizeof *text; j++)
            tl_table_cell(t, "%s", text[j]);
        for (size_t j = 0; j < 4; j++)
            tl_table_cell(t, "%zu", shape[j]);
        char figure[2][32] = {"", ""};
        if (!*c->why) {
            snprintf(figure[0], sizeof figure[0], "%llu", (unsigned long long)c->instructions);
            snprintf(figure[1], sizeof figure[1], "%.9g", per_op(p, i));
        }
        for (size_t j = 0; j < 2; j++)
            tl_table_cell(t, "%s", figure[j]);
        tl_table_cell(t, "%s", c->why);
    }
    return t;
}

static int output(const options *o, const plan *p, const char *counter) {
    tl_table *people = people_table(p), *programs = records(p, counter, !o->program);
    size_t counted = 0;
    int status = o->csv ? tl_table_csv(programs, o->csv) : TL_GOOD;
    if (status == TL_GOOD && o->json)
        status = tl_table_json(programs, o->json);
    FILE *to = tl_on_stdout(o->csv) || tl_on_stdout(o->json) ? stderr : stdout;
    if (!o->quiet)
        tl_table_print(people, to);
    for (size_t i = 0; i < p->n; i++)
        counted += !*p->count[i].why;
    fprintf(to, "%zu of %zu cases counted under %s\n", counted, p->n, counter);
    tl_table_free(people);
    tl_table_free(programs);
    return status;
}

/* ---- the command ----------------------------------------------------------------------------------------- */
static int count(const options *o) {
    static plan p;
    static char program[4096];
    char counter[64];
    if (!o->program && !tl_program_path(program, sizeof program))
        return tl_bad("count", "/proc was expected, found none");
    if (o->program && (!realpath(o->program, program) || access(program, X_OK)))
        return tl_bad("--program", "a program was expected, found \"%s\"", o->program);
    if (!tl_counter_find(o->by, program, counter))
        return TL_BAD;
    int status = make_plan(&p, o, program);
    if (status == TL_GO_ON)
        status = tl_count(o->by, program, p.count, p.n);
    return status == TL_GO_ON ? output(o, &p, counter) : status;
}

static int run(int argc, char **argv) {
    options o = {.counter = "valgrind"};
    const tl_option table[] = {
        TL_SELECTION_OPTIONS(o.sel),
        {"shape", TL_OPT_TEXT, &o.shape_text, "MxKxN",
         "of all cases (attention: MxKxNxG); default: the shapes of `ternlab gate`", 0, 0},
        {"counter", TL_OPT_TEXT, &o.counter, "NAME",
         "valgrind (callgrind; AVX2 and below), or qemu (its user emulation with a plugin, also for another "
         "architecture); default: valgrind",
         0, 0},
        {"program", TL_OPT_TEXT, &o.program, "FILE",
         "another ternlab, such as build/aarch64/ternlab; default: this one", 0, 0},
        {"csv", TL_OPT_TEXT, &o.csv, "FILE", "one row a case (reports/SCHEMA.md)", 0, 0},
        {"json", TL_OPT_TEXT, &o.json, "FILE", "the same as JSON", 0, 0},
        {"quiet", TL_OPT_FLAG, &o.quiet, NULL, "the last line alone", 0, 0},
        {"here", TL_OPT_TEXT, &o.here, "CASES", "what runs under the counter (harness/count_calls.h)", 0, 0},
        {0}};
    const tl_usage usage = {
        "ternlab count [options]",
        "Counts the instructions of one call of each variant, on one thread: exact, and the same on a busy "
        "machine. Baselines are counted where --kernel names them. `gate --instructions` compares two "
        "revisions.",
        "ternlab count --op gemv --csv counts.csv\n"
        "  ternlab count --counter qemu --program build/aarch64/ternlab --op gemv,gemm --shape 64x2560x1",
        0};
    int status = tl_parse(argc, argv, &usage, table, NULL);
    if (status != TL_GO_ON)
        return status;
    if (o.here)
        return tl_count_here(o.here);
    if (strcmp(o.counter, "valgrind") != 0 && strcmp(o.counter, "qemu") != 0)
        return tl_bad("--counter", "valgrind or qemu was expected, found \"%s\"", o.counter);
    o.by = *o.counter == 'q' ? TL_QEMU : TL_VALGRIND;
    if (o.shape_text)
        status = tl_shape_parse("--shape", o.shape_text, NULL, &o.shape);
    if (status == TL_GO_ON)
        status = TL_OUT_CHECK(o.csv, o.json);
    if (status == TL_GO_ON)
        status = count(&o);
    return status;
}
#endif

const tl_command tl_cmd_count = {"count", "instructions of one call of each variant, under valgrind or QEMU",
                                 run};
