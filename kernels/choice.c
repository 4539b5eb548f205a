/* choice.c: the three rules of dispatch. */
#include "choice.h"
#include "choice_table.h"
#include "registry.h"

#include <math.h>
#include <string.h>

const char *tk_candidate_refuses(const tk_kernel *k, const tk_request *r) {
    if (strcmp(k->op, r->op))
        return "another op";
    if (r->format && strcmp(k->format, r->format))
        return "another format";
    if (k->flags & TK_AUTOVEC)
        return "a baseline: never picked";
    if (!r->format && k->layout && k->layout->refuses)
        return "a format that holds only some ternary matrices";
    const char *refused = tk_kernel_refuses(k, r->shape);
    if (refused)
        return refused;
    return k->flags & TK_SPECIAL ? "made for one situation: never the default" : NULL;
}

/* ---- the table ------------------------------------------------------------------------------------------- */
static double apart(double a, double b) {
    double d = a > 0 && b > 0 ? fabs(log2(a / b)) : 0;
    return d > 1 ? INFINITY : d;
}

static double distance(const tk_choice_row *c, const tk_request *r) {
    if (strcmp(c->op, r->op) || (strcmp(c->format, "any") && (!r->format || strcmp(c->format, r->format))))
        return INFINITY;
    return apart((double)c->shape.m, (double)r->shape.m) + apart((double)c->shape.k, (double)r->shape.k) +
           apart((double)c->shape.n, (double)r->shape.n) + apart(c->threads, r->threads ? r->threads : 1);
}

/* The best rank of a class that is a candidate, or NULL. */
static const tk_kernel *first_of(const tk_choice_row *row, size_t n, const tk_request *r) {
    for (size_t i = 0; i < n; i++)
        if (row[i].kernel && !tk_candidate_refuses(row[i].kernel, r))
            return row[i].kernel;
    return NULL;
}

size_t tk_choice_class(const tk_request *r, const tk_choice_row **rows) {
    size_t count, n, best = 0;
    const tk_choice_row *all = tk_choice_rows(&count);
    double least = INFINITY;
    for (size_t i = 0; i < count; i += n) {
        n = 1;
        while (i + n < count && all[i + n].rank > 1)
            n++;
        double d = distance(&all[i], r);
        if (d < least && first_of(&all[i], n, r)) {
            least = d;
            *rows = &all[i];
            best = n;
        }
    }
    return best;
}

/* ---- the checked-in order -------------------------------------------------------------------------------- */
const tk_order *tk_order_of(const char *op, tk_shape shape) {
    size_t n;
    const tk_order *o = tk_orders(&n);
    for (size_t i = 0; i < n; i++) {
        const tk_isa *isa = tk_isa_find(o[i].isa);
        if (!strcmp(o[i].op, op) && shape.n >= o[i].tokens && isa && tk_isa_present(isa) &&
            (!o[i].vendor || !strcmp(o[i].vendor, tk_cpu_vendor())))
            return &o[i];
    }
    return NULL;
}

/* Where the order lists this variant; past its end if it does not. */
static int place(const tk_order *o, const char *name) {
    int i = 0;
    while (o && i < TK_ORDER_NAMES && o->names[i] && strcmp(o->names[i], name))
        i++;
    return o && i < TK_ORDER_NAMES && o->names[i] ? i : TK_ORDER_NAMES;
}

bool tk_order_before(const tk_kernel *a, const tk_kernel *b, tk_shape shape) {
    const tk_order *o = tk_order_of(a->op, shape);
    int pa = place(o, a->name), pb = place(o, b->name);
    if (pa != pb)
        return pa < pb;
    return a->isa->rank != b->isa->rank ? a->isa->rank > b->isa->rank : strcmp(a->name, b->name) < 0;
}

/* ---- the decision ---------------------------------------------------------------------------------------- */
/* The strongest ISA row of the op's variants that the CPU announces but cannot execute. */
static const tk_isa *broken_row(const tk_request *r) {
    size_t n;
    const tk_kernel *const *k = tk_kernels(&n);
    const tk_isa *lost = NULL;
    for (size_t i = 0; i < n; i++) {
        tk_isa_state state = tk_isa_state_of(k[i]->isa);
        if (!strcmp(k[i]->op, r->op) && (!r->format || !strcmp(k[i]->format, r->format)) &&
            !(k[i]->flags & (TK_AUTOVEC | TK_SPECIAL)) && (state == TK_ISA_FAULTS || state == TK_ISA_WRONG) &&
            (!lost || k[i]->isa->rank > lost->rank))
            lost = k[i]->isa;
    }
    return lost;
}

tk_decision tk_decide(const tk_request *r) {
    tk_decision d = {.rule = TK_BY_NOTHING};
    size_t n;
    const tk_kernel *const *k = tk_kernels(&n);
    d.nrows = tk_choice_class(r, &d.rows);
    if (d.nrows) {
        d.kernel = first_of(d.rows, d.nrows, r);
        d.rule = TK_BY_TABLE;
    }
    for (size_t i = 0; i < n && d.rule != TK_BY_TABLE; i++)
        if (!tk_candidate_refuses(k[i], r) && (!d.kernel || tk_order_before(k[i], d.kernel, r->shape)))
            d.kernel = k[i];
    if (d.kernel && d.rule != TK_BY_TABLE) {
        d.order = tk_order_of(r->op, r->shape);
        d.rule = place(d.order, d.kernel->name) < TK_ORDER_NAMES ? TK_BY_ORDER : TK_BY_RANK;
    }
    const tk_isa *lost = broken_row(r);
    if (lost && (!d.kernel || lost->rank > d.kernel->isa->rank))
        d.fallback = lost;
    return d;
}

const tk_kernel *tk_dispatch(const char *op, const char *format, tk_shape shape, const tk_isa **fallback) {
    tk_decision d = tk_decide(&(tk_request){op, format, shape, 1});
    if (fallback)
        *fallback = d.fallback;
    return d.kernel;
}
