/* cmd_which.c: what dispatch picks for an op and a shape, and why each other variant lost. */
#include "harness/cli.h"
#include "kernels/registry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* "MxKxN", "MxK" or "K" for ops without rows. 0 on success. */
static int parse_shape(const char *text, tk_shape *s) {
    size_t v[3] = {1, 1, 1};
    int n = 0;
    for (const char *p = text; n < 3; n++) {
        char *end;
        errno = 0;
        unsigned long long x = strtoull(p, &end, 10);
        if (end == p || *p < '0' || *p > '9' || errno || x < 1 || x > (1ull << 32) || (*end && *end != 'x'))
            return tl_bad("shape", "MxKxN such as 2560x2560x1 was expected, found \"%s\"", text);
        v[n] = x;
        if (!*end) {
            *s = n ? (tk_shape){v[0], v[1], v[2]} : (tk_shape){1, v[0], 1};
            return TL_GO_ON;
        }
        p = end + 1;
    }
    return tl_bad("shape", "MxKxN such as 2560x2560x1 was expected, found \"%s\"", text);
}

static const char *why_lost(const tk_kernel *k, const tk_kernel *best, tk_shape shape) {
    const char *refused = tk_kernel_refuses(k, shape);
    if (k == best)
        return "picked";
    if (k->flags & TK_AUTOVEC)
        return "a baseline: never picked";
    if (refused)
        return refused;
    if (k->flags & TK_SPECIAL)
        return "made for one situation: never the default";
    return k->isa->rank < best->isa->rank ? "a lower ISA row" : "another trick of the same ISA row is ahead";
}

static int run(int argc, char **argv) {
    tl_selection sel = {0};
    const tl_option options[] = {TL_SELECTION_OPTIONS(sel), {0}};
    const tl_usage usage = {
        "ternlab which OP MxKxN [options]",
        "Says which variant dispatch picks here for this op and shape, and why each other one "
        "lost. xN may be left out (1 token); elementwise ops take a plain element count.",
        "ternlab which gemv 2560x2560 --isa avx2", 2};
    int words = 0, status = tl_parse(argc, argv, &usage, options, &words);
    if (status == TL_GO_ON)
        status = tl_select(&sel);
    if (status != TL_GO_ON)
        return status;
    if (words != 2)
        return tl_bad("which", "an op and a shape were expected, found %d word(s)", words);
    if (!tl_op_find(argv[1]))
        return tl_bad("which", "an op was expected (`ternlab list` names them), found \"%s\"", argv[1]);
    tk_shape shape;
    if (parse_shape(argv[2], &shape) != TL_GO_ON)
        return TL_BAD;
    const tk_isa *fallback = NULL;
    const tk_kernel *best = tk_dispatch(argv[1], NULL, shape, &fallback);
    size_t n;
    const tk_kernel *const *k = tk_kernels(&n);
    static const char *const head[] = {"", "kernel", "isa", "why"};
    tl_table *t = tl_table_new(4, head);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(k[i]->op, argv[1]))
            continue;
        tl_table_cell(t, "%s", k[i] == best ? ">" : " ");
        tl_table_cell(t, "%s", k[i]->name);
        tl_table_cell(t, "%s", k[i]->isa->name);
        tl_table_cell(t, "%s", why_lost(k[i], best, shape));
    }
    tl_table_print(t, stdout);
    tl_table_free(t);
    if (!best)
        return tl_bad("which", "a variant that holds %s was expected, found none", argv[2]);
    if (fallback && sel.strict)
        return tl_bad("--strict", "no fallback was expected, found: %s could not be executed", fallback->name);
    return TL_GOOD;
}

const tl_command tl_cmd_which = {"which", "what dispatch picks for OP MxKxN, and why each other one lost", run};
