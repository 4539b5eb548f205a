/* gate_print.c: see gate_print.h. */
#include "harness/gate_print.h"
#include "harness/cli.h"
#include "harness/gate_worker.h"
#include "harness/junit.h"
#include "harness/machine_info.h"
#include "kernels/registry.h"
#include "version.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

void tl_gate_lost(tl_gate_verdict *v, const char *what, const char *why, ...) {
    if (v->losses == TL_GATE_LOSSES)
        return;
    tl_gate_loss *l = &v->loss[v->losses++];
    va_list args;
    va_start(args, why);
    snprintf(l->what, sizeof l->what, "%s", what);
    vsnprintf(l->why, sizeof l->why, why, args);
    va_end(args);
}

/* ---- the table ------------------------------------------------------------------------------------------- */
static bool is_decode(const tl_gate_case *c) {
    return !strcmp(c->name[1], "decode");
}

/* The variant, or both where dispatch picks another one now. */
static const char *name_of(const tl_gate_case *c) {
    static char text[160];
    if (!strcmp(c->name[0], c->name[1]) || !*c->name[0] || !*c->name[1])
        return *c->name[1] ? c->name[1] : *c->name[0] ? c->name[0] : c->op;
    snprintf(text, sizeof text, "%s -> %s", c->name[0], c->name[1]);
    return text;
}

static const char *shape_of(const tl_gate_case *c) {
    static char text[100];
    snprintf(text, sizeof text, "%zux%zux%zu", c->shape.m, c->shape.k, c->shape.n);
    return is_decode(c) ? "built-in" : text;
}

static void row(tl_table *t, const tl_gate_case *c) {
    const tl_change *x = &c->change;
    tl_table_cell(t, "%s", name_of(c));
    tl_table_cell(t, "%s", shape_of(c));
    tl_table_cell(t, "%u", c->threads);
    if (c->missing) {
        for (int i = 0; i < 4; i++)
            tl_table_cell(t, "-");
        tl_table_cell(t, "0");
        tl_table_cell(t, "%s: %s", c->missing, c->why);
        return;
    }
    tl_table_cell(t, "%.4g", tl_median(c->base, c->rounds) / 1e3);
    tl_table_cell(t, "%.4g", tl_median(c->new, c->rounds) / 1e3);
    tl_table_cell(t, "%+.1f", 100 * (x->ratio - 1));
    tl_table_cell(t, "%+.1f .. %+.1f", 100 * (x->low - 1), 100 * (x->high - 1));
    tl_table_cell(t, "%zu", c->rounds);
    tl_table_cell(t, "%s", tl_change_names[x->kind]);
}

static tl_table *people_table(const tl_gate_verdict *v) {
    static const char *const lost[] = {"lost", "why"}, *const timed[] = {"case",    "shape",  "threads",
                                                                         "base us", "new us", "change %",
                                                                         "95 %",    "rounds", "verdict"};
    tl_table *t = v->losses ? tl_table_new(sizeof lost / sizeof *lost, lost)
                            : tl_table_new(sizeof timed / sizeof *timed, timed);
    for (size_t i = 0; i < v->losses; i++) {
        tl_table_cell(t, "%s", v->loss[i].what);
        tl_table_cell(t, "%s", v->loss[i].why);
    }
    for (size_t i = 0; i < v->n && !v->losses; i++)
        row(t, &v->cases[i]);
    return t;
}

/* ---- records --------------------------------------------------------------------------------------------- */
enum { SCHEMA = 2 };
static const char *const record_head[] = {
    "schema", "host", "cpu", "git",        "base",        "time",       "op",      "format", "m",
    "k",      "n",    "g",   "threads",    "base_kernel", "new_kernel", "base_us", "new_us", "ratio",
    "low",    "high", "p",   "p_adjusted", "rounds",      "threshold",  "verdict", "note"};
enum { COLUMNS = sizeof record_head / sizeof *record_head, TIMED = 9 /* base_us to threshold */ };

static void empty(tl_table *t, int n) {
    while (n--)
        tl_table_cell(t, "%s", "");
}

/* What every record says of the run. */
static void identity(tl_table *t, const tl_gate_verdict *v, const tl_machine *m) {
    tl_table_cell(t, "%d", SCHEMA);
    tl_table_cell(t, "%s", m->host);
    tl_table_cell(t, "%s", m->cpu);
    tl_table_cell(t, "%s", TL_GIT);
    tl_table_cell(t, "%s", v->base);
    tl_table_cell(t, "%lld", (long long)time(NULL));
}

static void case_cells(tl_table *t, const tl_gate_case *c) {
    const tk_kernel *k = tk_kernel_find(*c->name[1] ? c->name[1] : c->name[0]);
    tl_table_cell(t, "%s", is_decode(c) ? "decode" : k ? k->op : c->op);
    tl_table_cell(t, "%s", k ? k->format : c->format);
    const size_t shape[] = {c->shape.m, c->shape.k, c->shape.n, c->shape.g};
    for (int i = 0; i < 4; i++)
        tl_table_cell(t, is_decode(c) ? "" : "%zu", shape[i]);
    tl_table_cell(t, "%u", c->threads);
    for (int i = 0; i < 2; i++)
        tl_table_cell(t, "%s", c->name[i]);
}

static void figures(tl_table *t, const tl_gate_case *c) {
    const tl_change *x = &c->change;
    const double figure[] = {tl_median(c->base, c->rounds) / 1e3,
                             tl_median(c->new, c->rounds) / 1e3,
                             x->ratio,
                             x->low,
                             x->high,
                             x->p,
                             x->adjusted};
    for (size_t i = 0; i < sizeof figure / sizeof *figure; i++)
        tl_table_cell(t, "%.9g", figure[i]);
    tl_table_cell(t, "%zu", c->rounds);
    tl_table_cell(t, "%g", 100 * c->threshold);
}

static tl_table *records(const tl_gate_verdict *v) {
    tl_table *t = tl_table_new(COLUMNS, record_head);
    tl_machine m;
    tl_machine_read(&m);
    for (size_t i = 0; i < v->losses; i++) {
        identity(t, v, &m);
        empty(t, 8);
        tl_table_cell(t, "%s", v->loss[i].what);
        empty(t, TIMED);
        tl_table_cell(t, "LOST");
        tl_table_cell(t, "%s", v->loss[i].why);
    }
    for (size_t i = 0; i < v->n && !v->losses; i++) {
        const tl_gate_case *c = &v->cases[i];
        identity(t, v, &m);
        case_cells(t, c);
        if (c->missing)
            empty(t, TIMED);
        else
            figures(t, c);
        tl_table_cell(t, "%s", c->missing ? c->missing : tl_change_names[c->change.kind]);
        tl_table_cell(t, "%s", c->missing ? c->why : "");
    }
    return t;
}

/* ---- annotations, JUnit ---------------------------------------------------------------------------------- */
static void change_text(const tl_gate_case *c, char *text, size_t room) {
    snprintf(text, room, "%+.1f %% time (95 %%: %+.1f .. %+.1f)", 100 * (c->change.ratio - 1),
             100 * (c->change.low - 1), 100 * (c->change.high - 1));
}

/* Workflow commands of GitHub Actions, at most ten: what is lost, else SLOW first. */
static void annotate(const tl_gate_verdict *v) {
    static const tl_change_kind kinds[] = {TL_SLOW, TL_AMBG};
    unsigned left = 10;
    char text[100];
    for (size_t i = 0; i < v->losses && left; i++, left--)
        printf("::error title=%s LOST::%s\n", v->loss[i].what, v->loss[i].why);
    for (size_t k = 0; k < 2 && !v->losses; k++)
        for (size_t i = 0; i < v->n && left; i++) {
            const tl_gate_case *c = &v->cases[i];
            if (c->missing || c->change.kind != kinds[k])
                continue;
            change_text(c, text, sizeof text);
            printf("::%s title=%s %s %s::%s, %u thread(s)\n", k ? "notice" : "error", name_of(c), shape_of(c),
                   tl_change_names[kinds[k]], text, c->threads);
            left--;
        }
}

/* SLOW and LOST are failures; what is on one side only, or AMBG, was skipped. */
static int write_junit(const tl_gate_verdict *v, const char *path, uint64_t seed) {
    static tl_junit_case cases[TL_GATE_CASES + TL_GATE_LOSSES];
    static char text[TL_GATE_CASES][100], name[TL_GATE_CASES][300];
    size_t n = 0;
    for (size_t i = 0; i < v->losses; i++)
        cases[n++] = (tl_junit_case){
            .group = "gate", .name = v->loss[i].what, .failed = v->loss[i].why, .type = "LOST", .text = ""};
    for (size_t i = 0; i < v->n && !v->losses; i++) {
        const tl_gate_case *c = &v->cases[i];
        change_text(c, text[i], sizeof text[i]);
        snprintf(name[i], sizeof name[i], "%s %s, %u thread(s)", name_of(c), shape_of(c), c->threads);
        cases[n++] = (tl_junit_case){.group = "gate",
                                     .name = name[i],
                                     .failed = !c->missing && c->change.kind == TL_SLOW ? text[i] : NULL,
                                     .type = "SLOW",
                                     .text = "",
                                     .skipped = c->missing                  ? c->missing
                                                : c->change.kind == TL_AMBG ? text[i]
                                                                            : NULL};
    }
    return tl_junit_write(path, "gate", seed, cases, n);
}

/* ---- all of it ------------------------------------------------------------------------------------------- */
/* One line; the names of what is lost are in it. How many cases are SLOW. */
static size_t headline(const tl_gate_verdict *v, char *line, size_t room) {
    size_t count[TL_CHANGE_KINDS] = {0}, apart = 0;
    if (v->losses) {
        int used = snprintf(line, room, "LOST against %.10s: ", v->base);
        for (size_t i = 0; i < v->losses && (size_t)used < room; i++)
            used += snprintf(line + used, room - (size_t)used, "%s%s", i ? ", " : "", v->loss[i].what);
        return 0;
    }
    for (size_t i = 0; i < v->n; i++) {
        apart += v->cases[i].missing != NULL;
        if (!v->cases[i].missing)
            count[v->cases[i].change.kind]++;
    }
    snprintf(line, room,
             "%s against %.10s: %zu SLOW, %zu FAST, %zu SAME, %zu AMBG, %zu on one side only; %u rounds, %.0f "
             "s, variants of both sides passed parity, %s",
             count[TL_SLOW] ? "SLOW" : "no slowdown confirmed", v->base, count[TL_SLOW], count[TL_FAST],
             count[TL_SAME], count[TL_AMBG], apart, v->rounds, v->seconds, v->answers);
    return count[TL_SLOW];
}

static int write_md(const tl_table *t, const char *line, const char *noise, const char *path) {
    tl_out *md = tl_out_open(path);
    if (!md)
        return TL_BAD;
    fprintf(tl_out_file(md), "**%s**\n\n", line);
    tl_table_markdown(t, tl_out_file(md));
    if (*noise)
        fprintf(tl_out_file(md), "\nnoise: %s\n", noise);
    return tl_out_close(md);
}

int tl_gate_conclude(const tl_gate_verdict *v, const tl_gate_outputs *o) {
    char line[TL_GATE_LOSSES * 100];
    const size_t slow = headline(v, line, sizeof line);
    tl_table *people = people_table(v), *programs = records(v);
    int status = o->md ? write_md(people, line, v->noise, o->md) : TL_GOOD;
    if (status == TL_GOOD && o->csv)
        status = tl_table_csv(programs, o->csv);
    if (status == TL_GOOD && o->json)
        status = tl_table_json(programs, o->json);
    if (status == TL_GOOD && o->junit)
        status = write_junit(v, o->junit, o->seed);
    const bool taken =
        tl_on_stdout(o->csv) || tl_on_stdout(o->json) || tl_on_stdout(o->junit) || tl_on_stdout(o->md);
    FILE *to = taken ? stderr : stdout;
    if (!o->quiet)
        tl_table_print(people, to);
    if (o->annotate)
        annotate(v);
    if (!o->quiet && *v->noise)
        fprintf(to, "noise: %s\n", v->noise);
    fprintf(to, "%s\n", line);
    tl_table_free(people);
    tl_table_free(programs);
    return status == TL_GOOD && (slow || v->losses) ? TL_FAILED : status;
}
