/* compare_judge.c: from the cases of two sides to verdicts. */
#include "harness/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Is the case its own baseline, the generic variant? */
static bool is_baseline(const tl_compare_case *c) {
    return !c->without_baseline && !c->is_not_baseline;
}

/* Is there a file of the same number on the other side that has the case, too? */
static bool has_pairs(const tl_compare_case *base, const tl_compare_case *new) {
    for (size_t i = 0; i < base->runs; i++)
        for (size_t j = 0; j < new->runs; j++)
            if (base->number[i] == new->number[j])
                return true;
    return false;
}

/* A wrong answer comes first: it fails also where there is nothing to compare it with. */
static void classify(tl_comparison *c, tl_compare_row *r) {
    const bool wrong = r->new && r->new->wrong, wrong_in_base = r->base && r->base->wrong;
    if (r->base && r->new) {
        r->base_time = tl_median(r->base->time, r->base->n);
        r->new_time = tl_median(r->new->time, r->new->n);
        r->has_over = !c->absolute && !r->base->without_baseline && !r->new->without_baseline;
    }
    if (wrong || wrong_in_base) {
        r->verdict = wrong ? "wrong answer" : "wrong answer in base";
        c->wrong++;
        c->broken += wrong;
    } else if (!r->base || !r->new) {
        r->verdict = r->base ? "only in base" : "only in new";
        c->one_sided++;
    } else if (c->rules.paired && !has_pairs(r->base, r->new)) {
        r->verdict = "no pair";
        c->one_sided++;
    } else if (r->has_over && (is_baseline(r->base) || is_baseline(r->new))) {
        r->verdict = "baseline";
        c->baselines++;
    } else {
        r->judged = true;
    }
}

static void make_rows(tl_comparison *c) {
    c->rows = calloc(c->base.ncases + c->new.ncases, sizeof *c->rows);
    if (!c->rows)
        abort();
    for (size_t i = 0; i < c->base.ncases; i++)
        c->rows[c->n++] = (tl_compare_row){.base = c->base.cases[i], .new = c->base.cases[i]->other};
    for (size_t i = 0; i < c->new.ncases; i++)
        if (!c->new.cases[i]->other)
            c->rows[c->n++] = (tl_compare_row){.new = c->new.cases[i]};
    for (size_t i = 0; i < c->n; i++) {
        c->rows[i].at = i;
        classify(c, &c->rows[i]);
    }
}

static tl_samples samples_of(const tl_compare_case *c, bool over) {
    return (tl_samples){over ? c->over : c->time, c->n, c->start, c->runs, c->number};
}

/* All rows by time, or all that have it by time over the generic variant's. */
static void judge_by(tl_comparison *c, bool over, tl_rng *rng) {
    tl_change *changes = calloc(c->n, sizeof *changes);
    tl_change_mean mean = {0};
    size_t n = 0;
    if (!changes)
        abort();
    for (size_t i = 0; i < c->n; i++) {
        const tl_compare_row *r = &c->rows[i];
        if (r->judged && (!over || r->has_over))
            changes[n++] =
                tl_change_measure(&c->rules, samples_of(r->base, over), samples_of(r->new, over), rng, &mean);
    }
    tl_change_judge(&c->rules, changes, n);
    n = 0;
    for (size_t i = 0; i < c->n; i++)
        if (c->rows[i].judged && (!over || c->rows[i].has_over))
            *(over ? &c->rows[i].over : &c->rows[i].time) = changes[n++];
    tl_compare_mean *m = over ? &c->over : &c->time;
    m->cases = mean.cases;
    if (m->cases)
        tl_change_mean_of(&c->rules, &mean, &m->ratio, &m->low, &m->high);
    free(mean.resampled);
    free(changes);
}

static const char *why_unsure(const tl_change_rules *rules, const tl_change *c) {
    const double line = tl_change_line(rules);
    if (c->few)
        return "too few samples";
    return c->low > line || c->high < 1 / line ? "the ranks may be chance" : "the interval covers a line";
}

/* SLOW and FAST need both. SAME is also what one says while the other cannot tell: the generic variant's noise,
 * or the machine's, is in the other. */
static tl_change_kind both(tl_change_kind time, tl_change_kind over) {
    if (time == over)
        return time;
    return (time == TL_SAME && over == TL_AMBG) || (time == TL_AMBG && over == TL_SAME) ? TL_SAME : TL_AMBG;
}

static void conclude(tl_comparison *c, tl_compare_row *r) {
    r->kind = r->has_over ? both(r->time.kind, r->over.kind) : r->time.kind;
    if (r->has_over && r->over.kind != r->time.kind)
        snprintf(r->note, sizeof r->note, "time alone %s, over generic %s", tl_change_names[r->time.kind],
                 tl_change_names[r->over.kind]);
    else if (r->kind == TL_AMBG)
        snprintf(r->note, sizeof r->note, "%s", why_unsure(&c->rules, &r->time));
    r->verdict = tl_change_names[r->kind];
    c->tally[r->kind]++;
}

static int by_weight(const void *a, const void *b) {
    const tl_compare_row *x = a, *y = b;
    const int xk = x->judged ? (int)x->kind : TL_CHANGE_KINDS, yk = y->judged ? (int)y->kind : TL_CHANGE_KINDS;
    if (xk != yk)
        return xk - yk;
    const double dx = x->judged ? fabs(log(x->time.ratio)) : 0, dy = y->judged ? fabs(log(y->time.ratio)) : 0;
    return dx < dy ? 1 : dx > dy ? -1 : (x->at > y->at) - (x->at < y->at);
}

void tl_comparison_judge(tl_comparison *c) {
    tl_rng rng;
    tl_rng_seed(&rng, c->seed);
    make_rows(c);
    judge_by(c, false, &rng);
    judge_by(c, true, &rng);
    for (size_t i = 0; i < c->n; i++)
        if (c->rows[i].judged)
            conclude(c, &c->rows[i]);
    qsort(c->rows, c->n, sizeof *c->rows, by_weight);
}

void tl_comparison_free(tl_comparison *c) {
    tl_compare_free(&c->base);
    tl_compare_free(&c->new);
    free(c->rows);
    *c = (tl_comparison){0};
}
