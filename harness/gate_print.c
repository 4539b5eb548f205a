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

static bool is_counted(const tl_gate_case *c) {
    return !c->missing && c->instructions[0] && c->instructions[1];
}

/* Of medians of times, or of instructions. */
static double ratio_of(const tl_gate_case *c) {
    return is_counted(c) ? (double)c->instructions[1] / (double)c->instructions[0] : c->change.ratio;
}

static const char *verdict_of(const tl_gate_case *c) {
    if (c->missing)
        return c->missing;
    if (!is_counted(c))
        return tl_change_names[c->change.kind];
    const double growth = ratio_of(c) - 1;
    return growth > c->threshold ? "MORE" : growth < -c->threshold ? "LESS" : "SAME";
}

static bool fails(const tl_gate_case *c) {
    return !strcmp(verdict_of(c), "SLOW") || !strcmp(verdict_of(c), "MORE");
}

static void counted_row(tl_table *t, const tl_gate_case *c) {
    tl_table_cell(t, "%s", name_of(c));
    tl_table_cell(t, "%s", shape_of(c));
    if (c->missing) {
        for (int i = 0; i < 3; i++)
            tl_table_cell(t, "-");
        tl_table_cell(t, "%s: %s", c->missing, c->why);
        return;
    }
    for (int i = 0; i < 2; i++)
        tl_table_cell(t, "%llu", (unsigned long long)c->instructions[i]);
    tl_table_cell(t, "%+.3f", 100 * (ratio_of(c) - 1));
    tl_table_cell(t, "%s", verdict_of(c));
}

static void timed_row(tl_table *t, const tl_gate_case *c) {
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
    tl_table_cell(t, "%s", verdict_of(c));
}

static tl_table *people_table(const tl_gate_verdict *v) {
    static const char *const lost[] = {"lost", "why"}, *const timed[] = {"case",    "shape",  "threads",
                                                                         "base us", "new us", "change %",
                                                                         "95 %",    "rounds", "verdict"},
                             *const counted[] = {"case",     "shape",  "base instructions", "new instructions",
                                                 "change %", "verdict"};
    tl_table *t = v->losses    ? tl_table_new(sizeof lost / sizeof *lost, lost)
                  : v->counter ? tl_table_new(sizeof counted / sizeof *counted, counted)
                               : tl_table_new(sizeof timed / sizeof *timed, timed);
    for (size_t i = 0; i < v->losses; i++) {
        tl_table_cell(t, "%s", v->loss[i].what);
        tl_table_cell(t, "%s", v->loss[i].why);
    }
    for (size_t i = 0; i < v->n && !v->losses; i++)
        (v->counter ? counted_row : timed_row)(t, &v->cases[i]);
    return t;
}

/* ---- records --------------------------------------------------------------------------------------------- */
enum { SCHEMA = 3 };
static const char *const record_head[] = {"schema",
                                          "host",
                                          "cpu",
                                          "git",
                                          "base",
                                          "time",
                                          "op",
                                          "format",
                                          "m",
                                          "k",
                                          "n",
                                          "g",
                                          "threads",
                                          "base_kernel",
                                          "new_kernel",
                                          "base_us",
                                          "new_us",
                                          "base_instructions",
                                          "new_instructions",
                                          "ratio",
                                          "low",
                                          "high",
                                          "p",
                                          "p_adjusted",
                                          "rounds",
                                          "threshold",
                                          "verdict",
                                          "note",
                                          "noise"};
enum { COLUMNS = sizeof record_head / sizeof *record_head, FIGURES = 11 /* base_us to threshold */ };

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
    if (is_decode(c))
        empty(t, 4);
    for (int i = 0; i < 4 && !is_decode(c); i++)
        tl_table_cell(t, "%zu", shape[i]);
    tl_table_cell(t, "%u", c->threads);
    for (int i = 0; i < 2; i++)
        tl_table_cell(t, "%s", c->name[i]);
}

static void timed_figures(tl_table *t, const tl_gate_case *c) {
    const tl_change *x = &c->change;
    const double figure[] = {x->ratio, x->low, x->high, x->p, x->adjusted};
    tl_table_cell(t, "%.9g", tl_median(c->base, c->rounds) / 1e3);
    tl_table_cell(t, "%.9g", tl_median(c->new, c->rounds) / 1e3);
    empty(t, 2);
    for (size_t i = 0; i < sizeof figure / sizeof *figure; i++)
        tl_table_cell(t, "%.9g", figure[i]);
    tl_table_cell(t, "%zu", c->rounds);
}

static void counted_figures(tl_table *t, const tl_gate_case *c) {
    empty(t, 2);
    for (int i = 0; i < 2; i++)
        tl_table_cell(t, "%llu", (unsigned long long)c->instructions[i]);
    tl_table_cell(t, "%.9g", ratio_of(c));
    empty(t, 5);
}

static tl_table *records(const tl_gate_verdict *v) {
    tl_table *t = tl_table_new(COLUMNS, record_head);
    tl_machine m;
    tl_machine_read(&m);
    for (size_t i = 0; i < v->losses; i++) {
        identity(t, v, &m);
        empty(t, 8);
        tl_table_cell(t, "%s", v->loss[i].what);
        empty(t, FIGURES);
        tl_table_cell(t, "LOST");
        tl_table_cell(t, "%s", v->loss[i].why);
        tl_table_cell(t, "%s", v->noise);
    }
    for (size_t i = 0; i < v->n && !v->losses; i++) {
        const tl_gate_case *c = &v->cases[i];
        identity(t, v, &m);
        case_cells(t, c);
        if (c->missing) {
            empty(t, FIGURES);
        } else {
            (is_counted(c) ? counted_figures : timed_figures)(t, c);
            tl_table_cell(t, "%g", 100 * c->threshold);
        }
        tl_table_cell(t, "%s", verdict_of(c));
        tl_table_cell(t, "%s", c->missing ? c->why : "");
        tl_table_cell(t, "%s", v->noise);
    }
    return t;
}

/* ---- annotations, JUnit ---------------------------------------------------------------------------------- */
static void change_text(const tl_gate_case *c, char *text, size_t room) {
    if (is_counted(c))
        snprintf(text, room, "%+.3f %% instructions", 100 * (ratio_of(c) - 1));
    else
        snprintf(text, room, "%+.1f %% time (95 %%: %+.1f .. %+.1f)", 100 * (c->change.ratio - 1),
                 100 * (c->change.low - 1), 100 * (c->change.high - 1));
}

/* Is it to be told, as an error (what fails) or as a notice (AMBG)? */
static bool is_news(const tl_gate_case *c, bool error) {
    return error ? fails(c) : !strcmp(verdict_of(c), tl_change_names[TL_AMBG]);
}

/* Workflow commands of GitHub Actions, at most ten: what is lost, else what fails first. */
static void annotate(const tl_gate_verdict *v) {
    unsigned left = 10;
    char text[100];
    for (size_t i = 0; i < v->losses && left; i++, left--)
        printf("::error title=%s LOST::%s\n", v->loss[i].what, v->loss[i].why);
    for (int error = 1; error >= 0 && !v->losses; error--)
        for (size_t i = 0; i < v->n && left; i++) {
            const tl_gate_case *c = &v->cases[i];
            if (!is_news(c, error))
                continue;
            change_text(c, text, sizeof text);
            printf("::%s title=%s %s %s::%s, %u thread(s)\n", error ? "error" : "notice", name_of(c),
                   shape_of(c), verdict_of(c), text, c->threads);
            left--;
        }
}

/* SLOW, MORE and LOST are failures; what is on one side only, or AMBG, was skipped. */
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
                                     .failed = fails(c) ? text[i] : NULL,
                                     .type = verdict_of(c),
                                     .text = "",
                                     .skipped = c->missing          ? c->missing
                                                : is_news(c, false) ? text[i]
                                                                    : NULL};
    }
    return tl_junit_write(path, "gate", seed, cases, n);
}

/* ---- all of it ------------------------------------------------------------------------------------------- */
/* How many cases have this verdict. */
static size_t number(const tl_gate_verdict *v, const char *verdict) {
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++)
        n += !strcmp(verdict_of(&v->cases[i]), verdict);
    return n;
}

/* One line; the names of what is lost are in it. */
static void headline(const tl_gate_verdict *v, char *line, size_t room) {
    const char *passed = "variants of both sides passed parity";
    size_t apart = 0, used;
    for (size_t i = 0; i < v->n; i++)
        apart += v->cases[i].missing != NULL;
    if (v->losses) {
        used = (size_t)snprintf(line, room, "LOST against %.10s: ", v->base);
        for (size_t i = 0; i < v->losses && used < room; i++)
            used += (size_t)snprintf(line + used, room - used, "%s%s", i ? ", " : "", v->loss[i].what);
    } else if (v->counter) {
        snprintf(
            line, room,
            "%s against %.10s: %zu MORE, %zu LESS, %zu SAME, %zu on one side only; counted under %s, %s, %s",
            number(v, "MORE") ? "MORE instructions" : "no more instructions", v->base, number(v, "MORE"),
            number(v, "LESS"), number(v, "SAME"), apart, v->counter, passed, v->answers);
    } else {
        snprintf(
            line, room,
            "%s against %.10s: %zu SLOW, %zu FAST, %zu SAME, %zu AMBG, %zu on one side only; %u rounds, %.0f "
            "s, %s, %s",
            number(v, "SLOW") ? "SLOW" : "no slowdown confirmed", v->base, number(v, "SLOW"), number(v, "FAST"),
            number(v, "SAME"), number(v, "AMBG"), apart, v->rounds, v->seconds, passed, v->answers);
    }
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
    headline(v, line, sizeof line);
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
    const bool failed = v->losses || number(v, "SLOW") || number(v, "MORE");
    return status == TL_GOOD && failed ? TL_FAILED : status;
}
