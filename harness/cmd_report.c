/* cmd_report.c: what stands where in the report; the answer first, the set-up last. */
#include "harness/history.h"
#include "harness/report.h"

#include <errno.h>
#include <glob.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- small growing grid of cells ------------------------------------------------------------------------- */
typedef struct grid {
    char **cell;
    size_t n, room;
} grid;

static void put(grid *g, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(grid *g, const char *format, ...) {
    va_list v;
    if (g->n == g->room) {
        g->room = g->room ? 2 * g->room : 64;
        g->cell = realloc(g->cell, g->room * sizeof *g->cell);
        if (!g->cell)
            abort();
    }
    va_start(v, format);
    if (vasprintf(&g->cell[g->n++], format, v) < 0)
        abort();
    va_end(v);
}

static void empty(grid *g) {
    for (size_t i = 0; i < g->n; i++)
        free(g->cell[i]);
    free(g->cell);
    *g = (grid){0};
}

static void table(tl_doc *doc, const char *const *head, int columns, grid *g) {
    if (g->n)
        tl_doc_table(doc, head, columns, g->cell, g->n / (size_t)columns);
    empty(g);
}

/* Where this text stands; it is added if it does not. */
static size_t place_of(grid *g, const char *text) {
    size_t i = 0;
    while (i < g->n && strcmp(g->cell[i], text))
        i++;
    if (i == g->n)
        put(g, "%s", text);
    return i;
}

/* ---- which cases are there ----------------------------------------------------------------------------------
 */
typedef struct group {
    const char *op, *state;
    unsigned threads;
} group;

static bool in_group(const tl_series *s, const group *g) {
    return !strcmp(s->op, g->op) && !strcmp(s->state, g->state) && s->threads == g->threads &&
           !strcmp(s->phase, "run") && s->kernel[0];
}

/* Is this the first series of its op, or of its group within it? */
static bool begins_op(const tl_report_data *d, size_t i) {
    size_t j = 0;
    while (strcmp(d->series[j].op, d->series[i].op))
        j++;
    return i == j;
}

static bool begins_group(const tl_report_data *d, size_t i) {
    const tl_series *s = &d->series[i];
    const group g = {s->op, s->state, s->threads};
    size_t j = 0;
    while (j < i && !in_group(&d->series[j], &g))
        j++;
    return i == j && in_group(s, &g);
}

/* As bench prints it: the label where an op has shapes of its own, or where it is a number of elements. */
static void shape_name(const tl_series *s, char *out, size_t n) {
    const tl_op *op = tl_op_find(s->op);
    const char *unit = s->label + strspn(s->label, "0123456789");
    const bool elements = s->m == 1 && unit != s->label && strchr("KM", *unit) && (!*unit || !unit[1]);
    if (elements || (op && op->shapes && *s->label))
        snprintf(out, n, "%s", s->label);
    else if (s->n > 1)
        snprintf(out, n, "%zux%zux%zu", s->m, s->k, s->n);
    else if (s->m > 1)
        snprintf(out, n, "%zux%zu", s->m, s->k);
    else
        snprintf(out, n, "%zu", s->k);
}

/* ---- kernels x shapes, sorted by their geometric mean: of speed-ups, or of speeds without a baseline -------
 */
typedef struct matrix {
    grid kernel, shape;     /* names of rows and columns */
    const tl_series **cell; /* rows x columns; NULL: was not timed */
    double *mean;
    size_t *order; /* of the rows */
    bool plain;    /* no baseline */
} matrix;

static const tl_series *cell_of(const matrix *m, size_t row, size_t column) {
    return m->cell[row * m->shape.n + column];
}

static double value_of(const matrix *m, const tl_series *s) {
    return m->plain ? s->gops : s->speedup;
}

static const matrix *sorting;
static int by_mean(const void *a, const void *b) {
    double x = sorting->mean[*(const size_t *)a], y = sorting->mean[*(const size_t *)b];
    return (x < y) - (x > y);
}

static void fill(matrix *m, const tl_report_data *d, const group *g) {
    char name[128];
    *m = (matrix){.plain = true};
    for (int placed = 0; placed < 2; placed++) { /* names first: they say how large it is */
        for (size_t i = 0; i < d->nseries; i++) {
            const tl_series *s = &d->series[i];
            if (!in_group(s, g))
                continue;
            shape_name(s, name, sizeof name);
            const size_t row = place_of(&m->kernel, s->kernel), column = place_of(&m->shape, name);
            if (placed)
                m->cell[row * m->shape.n + column] = s;
            m->plain &= !(s->speedup > 0);
        }
        if (!placed) {
            m->cell = calloc(m->kernel.n * m->shape.n + 1, sizeof(const tl_series *));
            m->mean = calloc(m->kernel.n + 1, sizeof *m->mean);
            m->order = calloc(m->kernel.n + 1, sizeof *m->order);
            if (!m->cell || !m->mean || !m->order)
                abort();
        }
    }
    for (size_t r = 0; r < m->kernel.n; r++) {
        double logs = 0;
        int n = 0;
        for (size_t c = 0; c < m->shape.n; c++) {
            const tl_series *s = cell_of(m, r, c);
            if (s && s->trusted && value_of(m, s) > 0) {
                logs += log(value_of(m, s));
                n++;
            }
        }
        m->mean[r] = n ? exp(logs / n) : 0;
        m->order[r] = r;
    }
    sorting = m;
    qsort(m->order, m->kernel.n, sizeof *m->order, by_mean);
}

static void empty_matrix(matrix *m) {
    empty(&m->kernel);
    empty(&m->shape);
    free(m->cell);
    free(m->mean);
    free(m->order);
}

static bool best_in_column(const matrix *m, const tl_series *s, size_t c) {
    for (size_t r = 0; r < m->kernel.n; r++) {
        const tl_series *other = cell_of(m, r, c);
        if (other && other->trusted && other->ns < s->ns)
            return false;
    }
    return true;
}

static void speed_table(tl_doc *doc, const matrix *m, bool roof) {
    const char **head = calloc(m->shape.n + 2, sizeof *head);
    grid g = {0};
    if (!head)
        abort();
    head[0] = roof ? "variant" : m->plain ? "variant, GMAC/s" : "variant, x generic";
    head[1] = roof ? "mean" : "geomean";
    for (size_t c = 0; c < m->shape.n; c++)
        head[c + 2] = m->shape.cell[c];
    for (size_t i = 0; i < m->kernel.n; i++) {
        const size_t r = m->order[i];
        double sum = 0;
        int n = 0;
        for (size_t c = 0; c < m->shape.n; c++) {
            const tl_series *s = cell_of(m, r, c);
            if (s && s->trusted) {
                sum += s->roof;
                n++;
            }
        }
        put(&g, "%s", m->kernel.cell[r]);
        if (roof)
            put(&g, n ? "%.0f" : "-", n ? sum / n : 0);
        else
            put(&g, !(m->mean[r] > 0) ? "-" : m->plain ? "%.1f" : "%.2f", m->mean[r]);
        for (size_t c = 0; c < m->shape.n; c++) {
            const tl_series *s = cell_of(m, r, c);
            if (!s || (s->trusted && !roof && !(value_of(m, s) > 0)))
                put(&g, "-");
            else if (!s->trusted)
                put(&g, "not trusted");
            else
                put(&g,
                    roof       ? "%s%.0f"
                    : m->plain ? "%s%.1f"
                               : "%s%.2f",
                    best_in_column(m, s, c) ? "*" : "", roof ? s->roof : value_of(m, s));
        }
    }
    table(doc, head, (int)m->shape.n + 2, &g);
    free(head);
}

/* A picture of two sizes or more, when there is something to draw. */
static void picture(tl_doc *doc, const tl_report_data *d, tl_plot plot, const group *g, const matrix *m,
                    const char *name, const char *title, const char *caption) {
    if (m->shape.n < 2)
        return;
    int status = tl_plot_series(d, plot, g->op, g->state, g->threads, doc->folder, name, title);
    if (status == TL_GO_ON)
        tl_doc_picture(doc, name, caption);
    doc->failed |= status == TL_BAD;
}

/* ---- sections
 * -------------------------------------------------------------------------------------------------- */
static const tl_series *best_series(const tl_report_data *d, const char *op, const char *state,
                                    unsigned threads) {
    const tl_series *best = NULL;
    group g = {op, state, threads};
    for (size_t i = 0; i < d->nseries; i++) {
        const tl_series *s = &d->series[i];
        if (in_group(s, &g) && s->trusted && !tl_is_baseline(s) && (!best || s->gops > best->gops))
            best = s; /* not by its ratio: the slowest plain C would win */
    }
    return best;
}

static void parity_tally(const tl_report_data *d, unsigned *passed, unsigned *failed, unsigned *skipped,
                         double *cases) {
    int verdict = tl_csv_column(&d->parity, "verdict"), count = tl_csv_column(&d->parity, "cases");
    *passed = *failed = *skipped = 0;
    *cases = 0;
    for (size_t i = 0; i < d->parity.rows; i++) {
        const char *v = tl_csv_at(&d->parity, i, verdict);
        ++*(!strcmp(v, "passed") ? passed : !strcmp(v, "FAILED") ? failed : skipped);
        *cases += strtod(tl_csv_at(&d->parity, i, count), NULL);
    }
}

/* Of those that reading binds. */
static double highest_roof(const tl_report_data *d, const char *state, unsigned threads,
                           const tl_series **which) {
    double best = 0;
    for (size_t i = 0; i < d->nseries; i++) {
        const tl_series *s = &d->series[i];
        group g = {"gemv", state, threads};
        if (in_group(s, &g) && s->trusted && !strcmp(s->roof_kind, "read") && s->roof > best) {
            best = s->roof;
            *which = s;
        }
    }
    return best;
}

static void cards(tl_doc *doc, const tl_report_data *d) {
    unsigned passed, failed, skipped, most = 1;
    double cases;
    char figure[64], detail[600];
    parity_tally(d, &passed, &failed, &skipped, &cases);
    tl_doc_cards_begin(doc);
    snprintf(figure, sizeof figure, failed ? "%u failed" : "%u right", failed ? failed : passed);
    snprintf(detail, sizeof detail, "%.0f cases; %u passed, %u failed, %u not executed here", cases, passed,
             failed, skipped);
    tl_doc_card(doc, figure, "parity with NumPy and the C oracle", detail);
    for (size_t i = 0; i < d->nseries; i++)
        if (d->series[i].kernel[0] && d->series[i].threads > most) /* not of what was refused */
            most = d->series[i].threads;
    for (size_t i = 0; i < d->nseries; i++) {
        const char *op = d->series[i].op;
        const tl_series *s = begins_op(d, i) ? best_series(d, op, "hot", 1) : NULL;
        char shape[128], what[96];
        if (!s)
            continue;
        shape_name(s, shape, sizeof shape);
        snprintf(figure, sizeof figure, s->speedup > 0 ? "%.1fx" : "%.0f GMAC/s",
                 s->speedup > 0 ? s->speedup : s->gops);
        snprintf(what, sizeof what, s->speedup > 0 ? "%s over generic C" : "%s", op);
        if (!(s->speedup > 0))
            snprintf(detail, sizeof detail, "%s at %s, hot, one thread; no baseline in this run", s->kernel,
                     shape);
        else
            snprintf(detail, sizeof detail,
                     s->autovec > 0 ? "the fastest, %s at %s, hot, one thread; p10-p90 %.1f-%.1f; %.1fx the "
                                      "compiler's vectorising"
                                    : "the fastest, %s at %s, hot, one thread; p10-p90 %.1f-%.1f",
                     s->kernel, shape, s->speedup_low, s->speedup_high, s->autovec);
        tl_doc_card(doc, figure, what, detail);
    }
    const tl_series *s = NULL;
    double share = highest_roof(d, "cold", most, &s);
    if (s) {
        char shape[128];
        shape_name(s, shape, sizeof shape);
        snprintf(figure, sizeof figure, "%.0f %%", share);
        snprintf(detail, sizeof detail, "%s at %s, weights from DRAM, %u thread%s: %.1f GB/s", s->kernel, shape,
                 most, most > 1 ? "s" : "", s->gbps);
        tl_doc_card(doc, figure, "of the measured read roof", detail);
    }
    tl_doc_cards_end(doc);
}

static void group_section(tl_doc *doc, const tl_report_data *d, const group *g) {
    matrix m;
    char name[96], title[256], caption[400];
    snprintf(title, sizeof title, "%s, %s, %u thread%s", g->op, g->state, g->threads,
             g->threads > 1 ? "s" : "");
    fill(&m, d, g);
    tl_doc_heading(doc, 3, title);
    snprintf(name, sizeof name, "speedup-%s-%s-%u", g->op, g->state, g->threads);
    snprintf(caption, sizeof caption,
             "%s: speed-up over generic C, medians with p10 to p90. Dashed: the compiler's own vectorising.",
             title);
    picture(doc, d, TL_PLOT_SPEEDUP, g, &m, name, title, caption);
    speed_table(doc, &m, false);
    snprintf(name, sizeof name, "roof-%s-%s-%u", g->op, g->state, g->threads);
    snprintf(caption, sizeof caption,
             "%s: share of the roof that binds. The top is what this machine was measured to reach.", title);
    tl_doc_fold(doc, "Share of the roof, in %");
    picture(doc, d, TL_PLOT_ROOF, g, &m, name, title, caption);
    speed_table(doc, &m, true);
    tl_doc_unfold(doc);
    empty_matrix(&m);
}

static void op_section(tl_doc *doc, const tl_report_data *d, const char *op) {
    tl_doc_heading(doc, 2, op);
    for (size_t i = 0; i < d->nseries; i++) {
        const tl_series *s = &d->series[i];
        if (!strcmp(s->op, op) && begins_group(d, i))
            group_section(doc, d, &(group){s->op, s->state, s->threads});
    }
}

static void detail_table(tl_doc *doc, const tl_report_data *d, bool other_phases) {
    static const char *const head[] = {"variant",   "shape",     "threads", "state",  "phase",
                                       "us",        "p10",       "p90",     "GMAC/s", "GB/s",
                                       "x generic", "x autovec", "roof %",  "roof",   "reps"};
    grid g = {0};
    for (size_t i = 0; i < d->nseries; i++) {
        const tl_series *s = &d->series[i];
        char shape[128];
        bool run = !strcmp(s->phase, "run");
        if (!s->kernel[0] || run == other_phases || !s->trusted)
            continue;
        shape_name(s, shape, sizeof shape);
        put(&g, "%s", s->kernel);
        put(&g, "%s", shape);
        put(&g, "%u", s->threads);
        put(&g, "%s", s->state);
        put(&g, "%s", s->phase);
        put(&g, "%.4g", s->ns / 1e3);
        put(&g, "%.4g", s->ns_low / 1e3);
        put(&g, "%.4g", s->ns_high / 1e3);
        put(&g, run ? "%.2f" : "-", s->gops);
        put(&g, run ? "%.2f" : "-", s->gbps);
        put(&g, s->speedup > 0 ? "%.2f" : "-", s->speedup);
        put(&g, s->autovec > 0 ? "%.2f" : "-", s->autovec);
        put(&g, run ? "%.1f" : "-", s->roof);
        put(&g, "%s", s->roof_kind);
        put(&g, "%zu", s->reps);
    }
    table(doc, head, 15, &g);
}

static bool same_refusal(const tl_series *a, const tl_series *b) {
    return !strcmp(b->ok, "refused") && !strcmp(a->op, b->op) && a->m == b->m && a->k == b->k && a->n == b->n &&
           !strcmp(a->label, b->label) && !strcmp(a->reason, b->reason);
}

/* Each once, in whatever states and on however many threads it was asked for. */
static void refused_section(tl_doc *doc, const tl_report_data *d) {
    static const char *const head[] = {"op", "shape", "model", "reason"};
    grid g = {0};
    for (size_t i = 0; i < d->nseries; i++) {
        const tl_series *s = &d->series[i];
        char shape[128];
        size_t j = 0;
        while (j < i && !same_refusal(s, &d->series[j]))
            j++;
        if (strcmp(s->ok, "refused") || j < i)
            continue;
        shape_name(s, shape, sizeof shape);
        put(&g, "%s", s->op);
        put(&g, "%s", shape);
        put(&g, "%s", s->label);
        put(&g, "%s", s->reason);
    }
    if (!g.n)
        return;
    tl_doc_heading(doc, 2, "Refused shapes");
    tl_doc_text(doc,
                "A shape that a layout cannot hold is refused with the reason. Nothing falls back silently.");
    table(doc, head, 4, &g);
}

static void parity_section(tl_doc *doc, const tl_report_data *d) {
    static const char *const wanted[] = {"kernel", "isa", "cases", "passed", "verdict", "first failure"};
    grid g = {0};
    tl_doc_heading(doc, 2, "Parity");
    tl_doc_text(doc, "Every variant against NumPy case files and generated adversarial cases: guard pages on "
                     "both sides, read-only "
                     "inputs, poisoned outputs, in parts, twice, on two threads. Integers and floats alike "
                     "must match bit for bit.");
    for (size_t i = 0; i < d->parity.rows; i++)
        for (int c = 0; c < 6; c++)
            put(&g, "%s", tl_csv_at(&d->parity, i, tl_csv_column(&d->parity, wanted[c])));
    table(doc, wanted, 6, &g);
}

static void machine_section(tl_doc *doc, const tl_report_data *d) {
    static const char *const head[] = {"roof", "threads", "working set", "reaches", "unit", "best form"};
    static const char *const from[] = {"name", "threads", "bytes", "value", "unit", "form"};
    const tl_csv *c = &d->machine;
    grid g = {0};
    tl_doc_heading(doc, 2, "The machine and its roofs");
    tl_doc_text(doc, "What this machine was measured to reach: the best of all probe forms. Every share of a "
                     "roof above is taken "
                     "against these, measured again within the bench run.");
    int drawn = tl_plot_machine(d, doc->folder, "machine", "Read bandwidth");
    doc->failed |= drawn == TL_BAD;
    if (drawn == TL_GO_ON)
        tl_doc_picture(doc, "machine",
                       "Read bandwidth per working set: the steps are the caches, the floor is DRAM.");
    for (size_t i = 0; i < c->rows; i++) {
        if (strcmp(tl_csv_at(c, i, tl_csv_column(c, "kind")), "roof"))
            continue;
        for (int k = 0; k < 6; k++) {
            const char *cell = tl_csv_at(c, i, tl_csv_column(c, from[k]));
            double bytes = strtod(cell, NULL);
            if (k == 2 && bytes >= 1 << 20)
                put(&g, "%.4g MiB", bytes / (1 << 20));
            else if (k == 2)
                put(&g, bytes > 0 ? "%.0f KiB" : "registers", bytes / 1024);
            else
                put(&g, "%s", cell);
        }
    }
    table(doc, head, 6, &g);
}

static void facts_section(tl_doc *doc, const tl_report_data *d, const tl_report_files *f) {
    static const char *const head[] = {"fact", "value"};
    const tl_csv *c = &d->machine, *b = &d->bench[0];
    static const char *const columns[] = {"compiler", "flags", "git"};
    grid g = {0};
    tl_doc_heading(doc, 2, "To repeat this");
    for (size_t i = 0; i < c->rows; i++)
        if (strcmp(tl_csv_at(c, i, tl_csv_column(c, "kind")), "fact") == 0 ||
            strcmp(tl_csv_at(c, i, tl_csv_column(c, "kind")), "isa") == 0) {
            put(&g, "%s%s", tl_csv_at(c, i, tl_csv_column(c, "kind"))[0] == 'i' ? "ISA " : "",
                tl_csv_at(c, i, tl_csv_column(c, "name")));
            put(&g, "%s", tl_csv_at(c, i, tl_csv_column(c, "value")));
        }
    for (int i = 0; i < 3; i++)
        if (tl_csv_column(b, columns[i]) >= 0 && b->rows) {
            put(&g, "%s", columns[i]);
            put(&g, "%s", tl_csv_at(b, 0, tl_csv_column(b, columns[i])));
        }
    table(doc, head, 2, &g);
    const char *const more[][2] = {
        {" --e2e ", f->e2e}, {" --eval ", f->eval}, {" --training ", f->training}, {" --history ", f->history}};
    char *rest = NULL;
    size_t size;
    FILE *m = open_memstream(&rest, &size);
    if (!m)
        abort();
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        if (more[i][1])
            fprintf(m, "%s%s", more[i][0], more[i][1]);
    if (fclose(m))
        abort();
    tl_doc_text(
        doc,
        "Raw samples, one row a repetition: %s; parity: %s; roofs, every probe form: %s. This page again: "
        "`build/ternlab report --bench %s --parity %s --machine %s%s -o DIR`; everything again: `make report`.",
        f->bench, f->parity, f->machine, f->bench, f->parity, f->machine, rest);
    free(rest);
}

/* All of one machine. */
static void write_machine(tl_doc *doc, const tl_report_data *d, const tl_report_files *files) {
    const tl_csv *b = &d->bench[0];
    tl_doc_text(doc, "%s, %s cores, %s. Built by %s at %s.", tl_machine_fact(d, "cpu"),
                tl_machine_fact(d, "cores"), tl_machine_fact(d, "caches"),
                b->rows ? tl_csv_at(b, 0, tl_csv_column(b, "compiler")) : "?",
                b->rows ? tl_csv_at(b, 0, tl_csv_column(b, "git")) : "?");
    cards(doc, d);
    tl_doc_text(
        doc,
        "How to read it: hot means that the same buffers are used again; cold means that every read comes from "
        "DRAM, as in decoding. A speed-up is taken inside one randomised block, variant and baseline side by "
        "side, so a "
        "drifting clock cancels; tables give medians, bars give p10 to p90. Two baselines: generic, the best "
        "plain C with "
        "the vectoriser off, and autovec, the same file with it on and that ISA's flags. Bold green: fastest "
        "at that size. "
        "Sort a table by clicking on a column's head.");
    tl_report_e2e(doc, d);
    tl_report_trained(doc, d);
    for (size_t i = 0; i < d->nseries; i++) {
        const char *op = d->series[i].op;
        if (!begins_op(d, i))
            continue;
        op_section(doc, d, op);
        if (!strcmp(op, "gemv"))
            tl_report_slopes(doc, d, op);
    }
    refused_section(doc, d);
    tl_doc_heading(doc, 2, "Prepare and pack");
    tl_doc_text(doc, "Costs beside the timed body: pack once a model; prepare once a token (for gemv: "
                     "quantising the activations by "
                     "quant_a8, then the kernel's own preparation).");
    detail_table(doc, d, true);
    if (d->history.nseries)
        tl_report_history(doc, &d->history, false);
    machine_section(doc, d);
    tl_report_noise(doc, d, files);
    parity_section(doc, d);
    tl_doc_heading(doc, 2, "All figures");
    tl_doc_fold(doc, "Every variant, shape, state and thread count");
    detail_table(doc, d, false);
    tl_doc_unfold(doc);
    facts_section(doc, d, files);
}

/* ---- several machines ------------------------------------------------------------------------------------ */
typedef struct machine {
    tl_report_files files;
    char bench[4096], parity[4200], csv[4200], e2e[4200], eval[4200]; /* paths of files */
    char name[256], folder[4200], link[24];
    tl_report_data data;
} machine;

enum { MOST_MACHINES = 16 };

/* The fastest variant of each op, side by side. */
static void side_by_side(tl_doc *doc, const machine *m, size_t n) {
    const char *head[MOST_MACHINES + 1] = {"op, hot, one thread"};
    grid g = {0}, ops = {0};
    for (size_t i = 0; i < n; i++) {
        head[i + 1] = m[i].name;
        for (size_t j = 0; j < m[i].data.nseries; j++)
            place_of(&ops, m[i].data.series[j].op);
    }
    for (size_t k = 0; k < ops.n; k++) {
        put(&g, "%s", ops.cell[k]);
        for (size_t i = 0; i < n; i++) {
            const tl_series *s = best_series(&m[i].data, ops.cell[k], "hot", 1);
            char shape[128];
            if (s)
                shape_name(s, shape, sizeof shape);
            put(&g, s ? "%.4g GMAC/s (%s, %s)" : "-", s ? s->gops : 0, s ? s->kernel : "", s ? shape : "");
        }
    }
    empty(&ops);
    table(doc, head, (int)n + 1, &g);
}

static void write_merged(tl_doc *doc, const machine *m, size_t n) {
    char *names[MOST_MACHINES];
    for (size_t i = 0; i < n; i++)
        names[i] = strdup(m[i].name);
    tl_doc_open(doc, "ternlab: ternary kernels on several machines");
    tl_doc_text(doc, "%zu machines. Pictures of the same name have the same axes on all of them.", n);
    side_by_side(doc, m, n);
    tl_doc_selector(doc, names, n);
    for (size_t i = 0; i < n; i++) {
        doc->folder = m[i].folder;
        doc->link = m[i].link;
        tl_doc_part_begin(doc, m[i].name, i);
        write_machine(doc, &m[i].data, &m[i].files);
        tl_doc_part_end(doc);
        free(names[i]);
    }
    tl_doc_close(doc);
}

/* Draws everything once, to learn what the axes need. */
static bool draw_all(const machine *m, size_t n) {
    FILE *nowhere = fopen("/dev/null", "w");
    tl_doc doc = {nowhere, nowhere, NULL, NULL, nowhere == NULL};
    tl_plot_axes(TL_AXES_GATHER);
    for (size_t i = 0; i < n && !doc.failed; i++) {
        doc.folder = m[i].folder;
        write_machine(&doc, &m[i].data, &m[i].files);
    }
    if (nowhere)
        fclose(nowhere);
    return !doc.failed;
}

/* ---- files ----------------------------------------------------------------------------------------------- */
static int make_folder(const char *path) {
    return mkdir(path, 0777) && errno != EEXIST
               ? tl_bad(path, "a folder to write to was expected, found: %s", strerror(errno))
               : TL_GO_ON;
}

/* The page of n machines; of one in the form without a selector. */
static int write_files(const machine *m, size_t n, const char *folder) {
    char html[4200], md[4200];
    snprintf(html, sizeof html, "%s/report.html", folder);
    snprintf(md, sizeof md, "%s/report.md", folder);
    tl_out *h = tl_out_open(html), *markdown = h ? tl_out_open(md) : NULL;
    if (!markdown) {
        tl_out_discard(h);
        return TL_BAD;
    }
    tl_doc doc = {tl_out_file(h), tl_out_file(markdown), folder, NULL, false};
    if (n > 1) {
        doc.failed = !draw_all(m, n);
        tl_plot_axes(TL_AXES_SHARED);
        write_merged(&doc, m, n);
    } else {
        tl_doc_open(&doc, "ternlab: ternary kernels on this machine");
        write_machine(&doc, &m->data, &m->files);
        tl_doc_close(&doc);
    }
    if (doc.failed) {
        tl_out_discard(h);
        tl_out_discard(markdown);
        return TL_BAD;
    }
    int status = tl_out_close(markdown), other = tl_out_close(h);
    if (status == TL_GOOD && other == TL_GOOD)
        printf("%s\n", html);
    return status == TL_GOOD ? other : status;
}

static int read_machine(machine *m) {
    const int status = tl_report_read(&m->data, &m->files);
    return status == TL_GO_ON && (!m->data.nbench || !m->data.nseries)
               ? tl_bad(m->files.bench, "at least one row was expected, found none")
               : status;
}

/* What `make report` leaves in a folder. */
static int find_files(machine *m, const char *folder) {
    char pattern[4200];
    glob_t found = {0};
    size_t used = 0;
    snprintf(pattern, sizeof pattern, "%s/bench*.csv", folder);
    const int status = glob(pattern, 0, NULL, &found);
    for (size_t i = 0; !status && i < found.gl_pathc && used < sizeof m->bench; i++)
        used +=
            (size_t)snprintf(m->bench + used, sizeof m->bench - used, "%s%s", i ? "," : "", found.gl_pathv[i]);
    globfree(&found);
    if (status || used >= sizeof m->bench || strchr(folder, ','))
        return tl_bad(folder, "a folder with bench*.csv, no comma in its name, was expected, found none");
    snprintf(m->parity, sizeof m->parity, "%s/parity.csv", folder);
    snprintf(m->csv, sizeof m->csv, "%s/machine.csv", folder);
    snprintf(m->e2e, sizeof m->e2e, "%s/e2e.csv", folder);
    snprintf(m->eval, sizeof m->eval, "%s/eval.csv", folder);
    m->files = (tl_report_files){.bench = m->bench,
                                 .parity = m->parity,
                                 .machine = m->csv,
                                 .e2e = access(m->e2e, F_OK) ? NULL : m->e2e,
                                 .eval = access(m->eval, F_OK) ? NULL : m->eval};
    return TL_GO_ON;
}

/* One folder a machine; pictures of several go to folders of their own. */
static int merge(machine *m, char *const *folders, size_t n, const char *output) {
    int status = TL_GO_ON;
    for (size_t i = 0; i < n && status == TL_GO_ON; i++) {
        status = find_files(&m[i], folders[i]);
        if (status == TL_GO_ON)
            status = read_machine(&m[i]);
    }
    if (status == TL_GO_ON)
        status = make_folder(output);
    for (size_t i = 0; i < n && status == TL_GO_ON; i++) {
        snprintf(m[i].name, sizeof m[i].name, "%s (%s)", tl_machine_fact(&m[i].data, "cpu"), folders[i]);
        snprintf(m[i].link, sizeof m[i].link, "machine-%zu/", i + 1);
        snprintf(m[i].folder, sizeof m[i].folder, "%s/machine-%zu", output, i + 1);
        status = n > 1 ? make_folder(m[i].folder) : TL_GO_ON;
    }
    return status == TL_GO_ON ? write_files(m, n, output) : status;
}

static int make_report(const tl_report_files *files, char *const *folders, size_t n, const char *output) {
    machine *m = calloc(n ? n : 1, sizeof *m);
    int status = TL_GO_ON;
    if (!m)
        return tl_bad("report", "memory was expected, found none");
    if (n) {
        status = merge(m, folders, n, output);
    } else {
        m->files = *files;
        status = read_machine(m);
        if (status == TL_GO_ON)
            status = make_folder(output);
        if (status == TL_GO_ON)
            status = write_files(m, 1, output);
    }
    for (size_t i = 0; i < n || !i; i++)
        tl_report_free(&m[i].data);
    free(m);
    return status;
}

static int run(int argc, char **argv) {
    tl_report_files f = {0};
    const char *folder = "reports/out";
    const tl_option options[] = {
        {"bench", TL_OPT_TEXT, &f.bench, "FILES", "CSV files of `ternlab bench`, comma between them; required",
         0, 0},
        {"parity", TL_OPT_TEXT, &f.parity, "FILE", "CSV file of `ternlab parity`; required", 0, 0},
        {"machine", TL_OPT_TEXT, &f.machine, "FILE", "CSV file of `ternlab machine`; required", 0, 0},
        {"e2e", TL_OPT_TEXT, &f.e2e, "FILE", "CSV file of `ternlab e2e`; default: no section on models", 0, 0},
        {"eval", TL_OPT_TEXT, &f.eval, "FILE", "CSV file of `ternlab eval`; default: no table of what is right",
         0, 0},
        {"training", TL_OPT_TEXT, &f.training, "FILE",
         "CSV file of `ternlab train`; default: no picture of losses", 0, 0},
        {"history", TL_OPT_TEXT, &f.history, "DIR",
         "store of `ternlab history`; default: nothing is said of other days", 0, 0},
        {"output", TL_OPT_TEXT, &folder, "DIR",
         "folder for report.html, report.md and pictures; default: reports/out", 0, 0},
        {0}};
    const tl_usage usage = {
        "ternlab report DIR... [--output DIR] | --bench FILES --parity FILE --machine FILE [options]",
        "Draws one Markdown page and one self-contained HTML page. A variant that did not pass parity\n"
        "in the same run gets no figure. A folder is what `make report` left on one machine (bench*.csv, "
        "parity.csv,\n"
        "machine.csv; e2e.csv and eval.csv where they are). Several make one page of all: a selector of "
        "machines, the\n"
        "same axes.",
        "ternlab report --bench bench.csv --parity parity.csv --machine machine.csv --output out\n"
        "  ternlab report zen4 xeon --output both",
        MOST_MACHINES};
    int words = 0, status = tl_parse(argc, argv, &usage, options, &words);
    if (status != TL_GO_ON)
        return status;
    const bool given = f.bench || f.parity || f.machine || f.e2e || f.eval || f.training || f.history;
    if (words && given)
        return tl_bad("report", "folders, or files by options, were expected, found both");
    if (!words && (!f.bench || !f.parity || !f.machine))
        return tl_bad(!f.bench    ? "--bench"
                      : !f.parity ? "--parity"
                                  : "--machine",
                      "a CSV file was expected, found nothing");
    return make_report(&f, argv + 1, (size_t)words, folder);
}

const tl_command tl_cmd_report = {"report", "Markdown and self-contained HTML with plots from CSV files", run};
