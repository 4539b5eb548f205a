/* cmd_which.c: what dispatch picks for an op and a shape, and why each other variant lost. */
#include "harness/cli.h"
#include "kernels/choice.h"
#include "kernels/registry.h"

#include <inttypes.h>
#include <string.h>

/* The table's row of this variant in the class that decided, or NULL. */
static const tk_choice_row *tabled(const tk_decision *d, const tk_kernel *k) {
    for (size_t i = 0; i < d->nrows; i++)
        if (d->rows[i].kernel == k)
            return &d->rows[i];
    return NULL;
}

static bool ordered(const tk_order *o, const tk_kernel *k) {
    for (int i = 0; o && i < TK_ORDER_NAMES && o->names[i]; i++)
        if (!strcmp(o->names[i], k->name))
            return true;
    return false;
}

/* By which rule: the fingerprint holds no date and no host name. */
static void picked_by(tl_table *t, const tk_decision *d) {
    if (d->rule == TK_BY_TABLE)
        tl_table_cell(t, "picked: choice table %016" PRIx64 ", tuned at %zux%zux%zu, %u thread(s), format %s",
                      tk_fingerprint_hash(), d->rows->shape.m, d->rows->shape.k, d->rows->shape.n,
                      d->rows->threads, d->rows->format);
    else if (d->rule == TK_BY_ORDER)
        tl_table_cell(t, "picked: checked-in order of %s", d->order->cpu);
    else
        tl_table_cell(t, "picked: ISA rank (nothing was measured here)");
}

static void why(tl_table *t, const tk_decision *d, const tk_request *r, const tk_kernel *k) {
    const char *refused = tk_candidate_refuses(k, r);
    const tk_choice_row *row = tabled(d, k), *best = d->kernel ? tabled(d, d->kernel) : NULL;
    if (refused)
        tl_table_cell(t, "%s", refused);
    else if (k == d->kernel)
        picked_by(t, d);
    else if (row && best && row->ratio / best->ratio >= 1)
        tl_table_cell(t, "slower by %.2fx in the table", row->ratio / best->ratio);
    else if (row && best)
        tl_table_cell(t, "%.2fx in the table: a tie that the order decided", row->ratio / best->ratio);
    else if (best)
        tl_table_cell(t, "not in the table");
    else if (d->rule == TK_BY_ORDER && ordered(d->order, k))
        tl_table_cell(t, "later in the checked-in order");
    else if (d->rule == TK_BY_ORDER)
        tl_table_cell(t, "not in the checked-in order: not measured yet");
    else if (k->isa->rank < d->kernel->isa->rank)
        tl_table_cell(t, "a lower ISA row");
    else
        tl_table_cell(t, "another of the same ISA row is ahead");
}

static tl_table *table_of(const tk_decision *d, const tk_request *r) {
    static const char *const head[] = {"", "kernel", "isa", "format", "why"};
    tl_table *t = tl_table_new(5, head);
    size_t n;
    const tk_kernel *const *k = tk_kernels(&n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(k[i]->op, r->op))
            continue;
        tl_table_cell(t, "%s", k[i] == d->kernel ? ">" : "");
        tl_table_cell(t, "%s", k[i]->name);
        tl_table_cell(t, "%s", k[i]->isa->name);
        tl_table_cell(t, "%s", k[i]->format);
        why(t, d, r, k[i]);
    }
    return t;
}

static bool format_exists(const char *op, const char *format) {
    size_t n;
    const tk_kernel *const *k = tk_kernels(&n);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(k[i]->op, op) && !strcmp(k[i]->format, format))
            return true;
    return false;
}

static int answer(const tk_request *r, const char *shape, const char *csv, const char *json, bool strict) {
    tk_decision d = tk_decide(r);
    tl_table *t = table_of(&d, r);
    int status = csv ? tl_table_csv(t, csv) : TL_GOOD;
    if (json && status == TL_GOOD)
        status = tl_table_json(t, json);
    if (!csv && !json)
        tl_table_print(t, stdout);
    tl_table_free(t);
    if (!d.kernel)
        return tl_bad("which", "a variant that holds %s was expected, found none", shape);
    if (d.fallback && strict)
        return tl_bad("--strict", "no fallback was expected, found: %s could not be executed",
                      d.fallback->name);
    return status;
}

static int run(int argc, char **argv) {
    tl_selection sel = {0};
    const char *format = NULL, *csv = NULL, *json = NULL;
    const tl_option options[] = {
        TL_ISA_OPTIONS(sel),
        {"format", TL_OPT_TEXT, &format, "NAME", "weight format that is given; default: any", 0, 0},
        {"threads", TL_OPT_TEXT, &sel.threads_text, "N", "threads that will share the work; default: 1", 0, 0},
        TL_CHOICE_OPTION(sel),
        {"csv", TL_OPT_TEXT, &csv, "FILE", "write the table as CSV", 0, 0},
        {"json", TL_OPT_TEXT, &json, "FILE", "write the table as JSON", 0, 0},
        {0}};
    const tl_usage usage = {
        "ternlab which OP MxKxN [options]",
        "Says which variant dispatch picks here for this op and shape, by which rule (the choice table that\n"
        "`ternlab tune` wrote, the checked-in order of this CPU class, the ISA rank), and why each other one\n"
        "lost. xN may be left out (1 token); ops without rows take a plain K; attention takes MxKxNxG: G "
        "positions.",
        "ternlab which gemv 2560x2560 --isa avx2", 2};
    int words = 0, status = tl_parse(argc, argv, &usage, options, &words);
    if (status == TL_GO_ON)
        status = tl_select(&sel);
    if (status != TL_GO_ON)
        return status;
    if (words != 2)
        return tl_bad("which", "an op and a shape were expected, found %d word(s)", words);
    const tl_op *op = tl_op_find(argv[1]);
    if (!op)
        return tl_bad("which", "an op was expected (`ternlab list` names them), found \"%s\"", argv[1]);
    if (sel.nthreads != 1)
        return tl_bad("--threads", "one count was expected, found \"%s\"", sel.threads_text);
    if (format && !format_exists(argv[1], format))
        return tl_bad("--format", "a format of %s was expected (`ternlab list`), found \"%s\"", argv[1],
                      format);
    tk_request r = {.op = argv[1], .format = format, .threads = sel.threads[0]};
    if (tl_shape_parse("shape", argv[2], op, &r.shape) != TL_GO_ON || tl_choice_use(&sel) != TL_GO_ON)
        return TL_BAD;
    return answer(&r, argv[2], csv, json, sel.strict);
}

const tl_command tl_cmd_which = {"which", "what dispatch picks for OP MxKxN, and why each other one lost", run};
