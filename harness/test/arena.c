/* arena.c: cold cases fit on a machine with small caches: every layout of a GEMV in an arena of made-up size.
 * And what no parity case fits is not timed. */
#include "harness/bench.h"
#include "harness/parity.h"
#include "kernels/registry.h"

#include <stdlib.h>
#include <string.h>

static int fail(const char *what, size_t found) {
    fprintf(stderr, "arena: %s was expected, found %zu bytes\n", what, found);
    return 1;
}

static const char *refuses_all(tk_shape s) {
    (void)s;
    return "any shape";
}

static bool untried_is_wrong(void) {
    char why[256];
    tk_kernel k = *tk_kernel_find("gemv_i2s__generic");
    k.reject = refuses_all;
    return tl_parity_quick(&k, 3, 2, why, sizeof why) && !strcmp(why, "no generated case fits it");
}

int main(void) {
    if (!untried_is_wrong())
        return fail("parity that fails for want of cases", 0);
    enum { CACHES = 1 << 16 }; /* what has to be rotated through */
    static tl_bench_case c;
    tl_selection sel = {0};
    tl_arena arena = {0};
    tl_bench_setup setup = {.sel = &sel,
                            .arena = &arena,
                            .phase = {[TL_RUN] = true},
                            .no_baselines = true,
                            .seconds = 1e-3,
                            .min_blocks = 1,
                            .max_blocks = 1,
                            .seed = 1};
    const tk_shape shape = {1280, 2560, 1, 0};
    tk_pool *pool = tk_pool_new(1);
    if (!pool || !tl_bench_plan(&c, &setup, tl_op_find("gemv"), NULL, shape, "made up", 1, pool, true) ||
        c.shares < 8)
        return fail("a plan of many layouts", 0);
    const size_t needed = tl_bench_arena_bytes(&c, 1, CACHES, SIZE_MAX);
    if (needed <= (size_t)c.shares * 2 * 1280 * 2560 / 4)
        return fail("room for two instances of each layout", needed);
    if (tl_bench_arena_bytes(&c, 1, 2 * needed, SIZE_MAX) <= (size_t)c.shares * 2 * needed)
        return fail("what the caches need, for each layout", tl_bench_arena_bytes(&c, 1, 2 * needed, SIZE_MAX));
    if (tl_bench_arena_bytes(&c, 1, 2 * needed, 3 * needed) != 3 * needed)
        return fail("all that the limit allows", tl_bench_arena_bytes(&c, 1, 2 * needed, 3 * needed));
    if (tl_bench_arena_bytes(&c, 1, CACHES, needed - 1) != CACHES)
        return fail("no more than the limit", tl_bench_arena_bytes(&c, 1, CACHES, needed - 1));
    arena.bytes = needed;
    arena.base = tl_pages(needed, false);
    if (!arena.base || !tl_bench_open(&c))
        return fail("a case that opens", needed);
    while (tl_bench_block(&c) > 0)
        ;
    tl_bench_close(&c);
    for (int i = 0; i < c.entries; i++)
        if (c.entry[i].wrong)
            return fail("right answers", 0);
    tl_bench_forget(&c);
    tl_pages_free(arena.base, needed);
    tk_pool_free(pool);
    return 0;
}
