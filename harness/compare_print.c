/* compare_print.c: tables, summary and JUnit of a comparison. */
#include "harness/compare.h"
#include "harness/junit.h"

#include <stdlib.h>
#include <string.h>

/* Cell i of the case; where dispatch picked another variant, both. */
static void case_cell(const tl_compare_row *r, size_t i, char *cell, size_t size) {
    char other[TL_COMPARE_CELL] = "";
    tl_compare_cell(r->base ? r->base : r->new, i, cell, size);
    if (r->base && r->new)
        tl_compare_cell(r->new, i, other, sizeof other);
    if (*other && strcmp(other, cell))
        snprintf(cell + strlen(cell), size - strlen(cell), " -> %s", other);
}

typedef struct keys {
    int n;
    const char *name[TL_COMPARE_COLUMNS];
    char cell[TL_COMPARE_COLUMNS][2 * TL_COMPARE_CELL + 8];
    bool number[TL_COMPARE_COLUMNS];
} keys;

/* Names and cells of a case; r NULL: names alone. `implied`: also what another cell says already. */
static void case_keys(const tl_comparison *c, const tl_compare_row *r, bool implied, keys *k) {
    const struct tl_compare_column *column;
    k->n = 0;
    for (size_t i = 0; (column = tl_compare_key(c->base.kind, i)) || !i; i++) {
        if (column ? column->role == TL_COLUMN_IMPLIED && !implied : !c->base.kind->figures)
            continue;
        k->name[k->n] = column ? column->name : "figure";
        k->number[k->n] = column && column->role == TL_COLUMN_COUNT;
        if (r)
            case_cell(r, i, k->cell[k->n], sizeof k->cell[0]);
        k->n++;
    }
}

/* A table with these columns behind the case's; *n: how many are the case's. */
static tl_table *table_of(const tl_comparison *c, bool implied, const char *const *figures, int nfigures,
                          int *n) {
    const char *head[2 * TL_COMPARE_COLUMNS];
    static keys k;
    case_keys(c, NULL, implied, &k);
    memcpy(head, k.name, (size_t)k.n * sizeof *head);
    memcpy(head + k.n, figures, (size_t)nfigures * sizeof *head);
    *n = k.n;
    return tl_table_new(k.n + nfigures, head);
}

static void put_keys(tl_table *t, const tl_comparison *c, const tl_compare_row *r, bool implied) {
    static keys k;
    case_keys(c, r, implied, &k);
    for (int i = 0; i < k.n; i++)
        tl_table_cell(t, "%s", k.cell[i]);
}

static void put_empty(tl_table *t, int n) {
    while (n-- > 0)
        tl_table_cell(t, "%s", "");
}

static void put_times(tl_table *t, const tl_comparison *c, const tl_compare_row *r, int digits) {
    if (!r->base || !r->new) {
        put_empty(t, 2);
        return;
    }
    tl_table_cell(t, "%.*g", digits, r->base_time * c->base.kind->scale);
    tl_table_cell(t, "%.*g", digits, r->new_time * c->base.kind->scale);
}

static void put_ratio(tl_table *t, bool there, double ratio, double low, double high) {
    if (!there) {
        put_empty(t, 2);
        return;
    }
    tl_table_cell(t, "%.3f", ratio);
    tl_table_cell(t, "%.3f-%.3f", low, high);
}

/* Few digits, the geometric mean as the last line. */
tl_table *tl_comparison_table(const tl_comparison *c) {
    char base[24], new[24];
    snprintf(base, sizeof base, "base %s", c->base.kind->unit);
    snprintf(new, sizeof new, "new %s", c->base.kind->unit);
    const char *const figures[] = {base,   new, "ratio",   "95 %",    "over generic",
                                   "95 %", "p", "samples", "verdict", ""};
    int n;
    tl_table *t = table_of(c, false, figures, sizeof figures / sizeof *figures, &n);
    for (size_t i = 0; i < c->n; i++) {
        const tl_compare_row *r = &c->rows[i];
        const bool over = r->judged && r->has_over;
        put_keys(t, c, r, false);
        put_times(t, c, r, 4);
        put_ratio(t, r->judged, r->time.ratio, r->time.low, r->time.high);
        put_ratio(t, over, r->over.ratio, r->over.low, r->over.high);
        if (r->judged) {
            tl_table_cell(t, "%.2g",
                          over && r->over.adjusted > r->time.adjusted ? r->over.adjusted : r->time.adjusted);
            tl_table_cell(t, "%zu+%zu", r->time.nbase, r->time.nnew);
        } else {
            put_empty(t, 2);
        }
        tl_table_cell(t, "%s", r->verdict);
        tl_table_cell(t, "%s", r->note);
    }
    if (c->time.cases) {
        tl_table_cell(t, "mean of %zu", c->time.cases);
        put_empty(t, n + 1);
        put_ratio(t, true, c->time.ratio, c->time.low, c->time.high);
        put_ratio(t, c->over.cases, c->over.ratio, c->over.low, c->over.high);
        put_empty(t, 2);
        tl_table_cell(t, "geometric");
        put_empty(t, 1);
    }
    return t;
}

static void put_change(tl_table *t, bool there, const tl_change *x) {
    const double figure[] = {x->ratio, x->low, x->high, x->p, x->adjusted};
    for (size_t i = 0; i < sizeof figure / sizeof *figure; i++)
        if (there)
            tl_table_cell(t, "%.9g", figure[i]);
        else
            put_empty(t, 1);
}

/* Every key, every digit that counts. */
tl_table *tl_comparison_records(const tl_comparison *c) {
    char base[24], new[24];
    snprintf(base, sizeof base, "base_%s", c->base.kind->unit);
    snprintf(new, sizeof new, "new_%s", c->base.kind->unit);
    const char *const figures[] = {base,       new,         "ratio",      "low",
                                   "high",     "p",         "p_adjusted", "over_ratio",
                                   "over_low", "over_high", "over_p",     "over_p_adjusted",
                                   "base_n",   "new_n",     "verdict",    "note"};
    int n;
    tl_table *t = table_of(c, true, figures, sizeof figures / sizeof *figures, &n);
    for (size_t i = 0; i < c->n; i++) {
        const tl_compare_row *r = &c->rows[i];
        put_keys(t, c, r, true);
        put_times(t, c, r, 9);
        put_change(t, r->judged, &r->time);
        put_change(t, r->judged && r->has_over, &r->over);
        tl_table_cell(t, "%zu", r->judged ? r->time.nbase : r->base ? r->base->n : 0);
        tl_table_cell(t, "%zu", r->judged ? r->time.nnew : r->new ? r->new->n : 0);
        tl_table_cell(t, "%s", r->verdict);
        tl_table_cell(t, "%s", r->note);
    }
    if (c->time.cases) {
        tl_table_cell(t, "geometric mean");
        put_empty(t, n + 1);
        for (int over = 0; over < 2; over++) {
            const tl_compare_mean *m = over ? &c->over : &c->time;
            const double figure[] = {m->ratio, m->low, m->high};
            for (int i = 0; i < 3 && m->cases; i++)
                tl_table_cell(t, "%.9g", figure[i]);
            put_empty(t, m->cases ? 2 : 5);
        }
        put_empty(t, 4);
    }
    return t;
}

/* ---- output ---------------------------------------------------------------------------------------------- */
static void print_mean(const tl_compare_mean *m, const char *of, FILE *f, const char *end) {
    if (m->cases)
        fprintf(f, "geometric mean of %zu cases: %s %.3f of the base's (%.3f to %.3f)%s", m->cases, of,
                m->ratio, m->low, m->high, end);
}

void tl_comparison_summary(const tl_comparison *c, FILE *f, const char *end) {
    const tl_compare_file *side[] = {&c->base, &c->new};
    for (int i = 0; i < 2; i++) {
        char noise[1024];
        tl_compare_surroundings(side[i], noise, sizeof noise);
        fprintf(f, "%s: %s%s%s (%s, %zu run%s; %s)%s", i ? "new" : "base", side[i]->only ? side[i]->only : "",
                side[i]->only ? " in " : "", side[i]->path, tl_compare_constant(side[i], "git"), side[i]->runs,
                side[i]->runs > 1 ? "s" : "", noise, end);
    }
    if (*c->differences)
        fprintf(f, "not alike, compared all the same: %s%s", c->differences, end);
    fprintf(f, "threshold %g %% (lines at %.3f and %.3f), samples %s, seed %llu%s", 100 * c->rules.threshold,
            1 / tl_change_line(&c->rules), tl_change_line(&c->rules), c->rules.paired ? "paired" : "not paired",
            (unsigned long long)c->seed, end);
    print_mean(&c->time, "time", f, end);
    print_mean(&c->over, "time over generic", f, end);
    for (int i = 0; i < TL_CHANGE_KINDS; i++)
        fprintf(f, "%s%zu %s", i ? ", " : "", c->tally[i], tl_change_names[i]);
    if (c->baselines)
        fprintf(f, ", %zu baselines", c->baselines);
    if (c->one_sided)
        fprintf(f, ", %zu on one side only", c->one_sided);
    if (c->wrong)
        fprintf(f, ", %zu with a wrong answer", c->wrong);
    fputs(end, f);
    if (!c->rules.paired && (c->base.runs < 2 || c->new.runs < 2) && c->tally[TL_SLOW] + c->tally[TL_FAST])
        fprintf(
            f,
            "one run of a side: what differs from run to run is not in the intervals; take SLOW and FAST for "
            "sure when they come again%s",
            end);
}

/* "gemv m 2560 k 2560 n 1 threads 1 hot run gemv_i2s__avx2": numbers say what they are. */
static void name_of(const tl_comparison *c, const tl_compare_row *r, char *text, size_t size) {
    static keys k;
    size_t used = 0;
    case_keys(c, r, false, &k);
    *text = 0;
    for (int i = 0; i < k.n && used < size; i++)
        if (*k.cell[i])
            used += (size_t)snprintf(text + used, size - used, "%s%s%s%s", used ? " " : "",
                                     k.number[i] ? k.name[i] : "", k.number[i] ? " " : "", k.cell[i]);
}

/* SLOW fails, and a wrong answer of the new side; what cannot be told, or was not compared, is skipped and says
 * why. */
int tl_comparison_junit(const tl_comparison *c, const char *path) {
    enum { NAME = 1024, TEXT = 256 };
    tl_junit_case *cases = calloc(c->n, sizeof *cases);
    char(*name)[NAME] = calloc(c->n, sizeof *name), (*text)[TEXT] = calloc(c->n, sizeof *text);
    if (!cases || !name || !text)
        abort();
    for (size_t i = 0; i < c->n; i++) {
        const tl_compare_row *r = &c->rows[i];
        name_of(c, r, name[i], NAME);
        if (r->judged)
            snprintf(text[i], TEXT, "%s: %.3f times the base's time (%.3f to %.3f), p %.2g%s%s", r->verdict,
                     r->time.ratio, r->time.low, r->time.high, r->time.adjusted, *r->note ? ": " : "", r->note);
        else
            snprintf(text[i], TEXT, "%s", r->verdict);
        cases[i] =
            (tl_junit_case){.group = c->base.kind->name, .name = name[i], .type = r->verdict, .text = ""};
        const bool broken = r->new && r->new->wrong;
        if (broken || (r->judged && r->kind == TL_SLOW))
            cases[i].failed = text[i];
        else if (!r->judged || r->kind == TL_AMBG)
            cases[i].skipped = text[i];
    }
    const int status = tl_junit_write(path, "compare", c->seed, cases, c->n);
    free(cases);
    free(name);
    free(text);
    return status;
}
