/* parity.c: the checks of one case, run inside a worker process. See parity_worker.c for the processes. */
#include "harness/parity_worker.h"

#include "kernels/pool.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const tl_detector_names[TL_DETECTORS] = {
    "passed",       "value",    "unwritten",           "overwrite", "overread",
    "writes-input", "fault",    "illegal-instruction", "alignment", "hang",
    "exit",         "fp-state", "vector-state",        "repeat",    "stale",
    "split",        "golden"};

enum { POISON = 0xa5, OTHER_POISON = 0x5b };

long tl_compare(const tl_array_spec *spec, const void *expected, const void *found, size_t count) {
    size_t size = tl_type_size(spec->type);
    const uint8_t *e = expected, *f = found;
    if (!memcmp(e, f, count * size))
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (!memcmp(e + i * size, f + i * size, size))
            continue;
        float a = 0, b = 0;
        if (spec->type == TL_F32) {
            memcpy(&a, e + i * size, size);
            memcpy(&b, f + i * size, size);
        }
        if (!(isnan(a) && isnan(b)))
            return (long)i;
    }
    return -1;
}

/* ---- processor state --------------------------------------------------------------------------------------
 */
#if defined(__x86_64__)
#include <cpuid.h>

static uint32_t fp_state(void) {
    uint32_t mxcsr;
    __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
    return mxcsr & ~0x3fu; /* without the sticky exception flags */
}
static void fp_restore(uint32_t state) {
    __asm__ volatile("ldmxcsr %0" : : "m"(state));
}
/* XINUSE bits of the upper vector halves: 2 = YMM, 6 = ZMM 0-15. Zero when vzeroupper was not forgotten. */
static uint32_t upper_in_use(void) {
    uint32_t lo, hi;
    __asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(1));
    return lo & 0x44u;
}
bool tl_vector_state_readable(void) {
    uint32_t a, b, c, d, xcr0;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !((c >> 27) & 1) || !((c >> 28) & 1))
        return false;
    __asm__ volatile("xgetbv" : "=a"(xcr0), "=d"(d) : "c"(0));
    if ((xcr0 & 6) != 6) /* the OS does not save XMM and YMM: vzeroupper would fault */
        return false;
    if (!__get_cpuid_count(0xd, 1, &a, &b, &c, &d) || !((a >> 2) & 1))
        return false;
    __asm__ volatile("vzeroupper" : : : "memory");
    return !upper_in_use();
}
static void upper_clear(void) {
    __asm__ volatile("vzeroupper" : : : "memory");
}
#elif defined(__aarch64__)
static uint32_t fp_state(void) {
    uint64_t fpcr;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    return (uint32_t)fpcr;
}
static void fp_restore(uint32_t state) {
    __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)state));
}
static uint32_t upper_in_use(void) {
    return 0;
}
bool tl_vector_state_readable(void) {
    return false;
}
static void upper_clear(void) {}
#endif

/* ---- one case ----------------------------------------------------------------------------------------------
 */
static void note(tl_worker *w, tl_detector d, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void note(tl_worker *w, tl_detector d, const char *format, ...) {
    va_list v;
    va_start(v, format);
    vsnprintf(w->found.text, sizeof w->found.text, format, v);
    va_end(v);
    w->found.detector = d;
}

static tl_guard *guard_of(tl_worker *w, int i) {
    return &w->guard[i];
}

/* For another preparation: what an earlier one left must not be found. */
static void poison_scratch(tl_worker *w) {
    tl_guard_poison(guard_of(w, TL_MAX_ARRAYS), POISON);
}

/* Puts every buffer of the case against the end or start guard; inputs filled, outputs poisoned. */
static bool place(tl_worker *w, const tl_case *c, bool at_end) {
    const tl_op *op = c->op;
    const tk_kernel *k = w->kernel;
    w->args = (tk_args){.shape = c->shape, .begin = 0, .end = op->extent(c->shape)};
    for (int i = 0; i < op->narrays; i++) {
        const tl_array_spec *s = &op->arrays[i];
        size_t size = tl_type_size(s->type), bytes = s->count(c->shape) * size;
        bool packed = s->role == TL_WEIGHT && k->layout;
        if (packed)
            bytes = k->layout->size(c->shape);
        size_t align = packed ? k->layout->align : size;
        align = k->align > align ? k->align : align;
        tl_guard *g = guard_of(w, i);
        if (!tl_guard_reserve(g, s->name, s->role != TL_OUT, bytes))
            return false;
        tl_guard_place(g, bytes, at_end, align);
        tl_guard_poison(g, POISON);
        if (packed && !k->layout->pack(tl_guard_view(g), c->data[i], c->shape))
            return false;
        if (s->role != TL_OUT && !packed)
            memcpy(tl_guard_view(g), c->data[i], bytes);
        *(void **)(void *)((char *)&w->args + s->field) = g->at;
    }
    size_t scratch = k->scratch ? k->scratch(c->shape) : 0;
    tl_guard *g = guard_of(w, TL_MAX_ARRAYS);
    if (!tl_guard_reserve(g, "scratch", false, scratch))
        return false;
    tl_guard_place(g, scratch, at_end, 64);
    poison_scratch(w);
    w->args.scratch = g->at;
    return true;
}

static void poison_outputs(tl_worker *w, const tl_case *c, uint8_t byte) {
    for (int i = 0; i < c->op->narrays; i++)
        if (c->op->arrays[i].role == TL_OUT)
            tl_guard_poison(guard_of(w, i), byte);
}

/* Calls one entry of the kernel with the traps armed. False: the processor state did not come back. */
static bool call(tl_worker *w, void (*entry)(const tk_args *), const tk_args *a) {
    uint32_t before = fp_state(), after;
    if (w->vector_state)
        upper_clear();
    w->shared->in_kernel = 1;
    entry(a);
    w->shared->in_kernel = 0;
    uint32_t upper = w->vector_state ? upper_in_use() : 0;
    after = fp_state();
    fp_restore(before);
    if (w->vector_state)
        upper_clear();
    if (after != before)
        note(w, TL_FP_STATE, "floating-point control word %#x expected, found %#x", before, after);
    else if (upper)
        note(w, TL_VECTOR_STATE, "clean upper vector halves expected, found XINUSE bits %#x", upper);
    return after == before && !upper;
}

static bool call_whole(tl_worker *w) {
    return (!w->kernel->prepare || call(w, w->kernel->prepare, &w->args)) && call(w, w->kernel->run, &w->args);
}

static bool slack_clean(tl_worker *w, const tl_case *c, uint8_t byte) {
    for (int i = 0; i <= TL_MAX_ARRAYS; i++) {
        const tl_guard *g = guard_of(w, i);
        bool scratch = i == TL_MAX_ARRAYS;
        if (!scratch && (i >= c->op->narrays || c->op->arrays[i].role != TL_OUT))
            continue;
        if (!tl_guard_slack_clean(g, scratch ? POISON : byte)) {
            note(w, TL_OVERWRITE, "wrote beside \"%s\" (%zu bytes)", g->name, g->bytes);
            return false;
        }
    }
    return true;
}

static void value_text(const tl_array_spec *s, const void *data, size_t i, char *text, size_t n) {
    if (s->type == TL_F32)
        snprintf(text, n, "%.9g (0x%08x)", (double)((const float *)data)[i], ((const uint32_t *)data)[i]);
    else if (s->type == TL_I32)
        snprintf(text, n, "%d", ((const int32_t *)data)[i]);
    else if (s->type == TL_U16)
        snprintf(text, n, "0x%04x", ((const uint16_t *)data)[i]);
    else
        snprintf(text, n, "%d", ((const int8_t *)data)[i]);
}

static void print_around(const tl_array_spec *s, const void *expected, const void *found, size_t at,
                         size_t count) {
    size_t from = at > 8 ? at - 8 : 0, to = at + 9 < count ? at + 9 : count;
    printf("  %s[%zu..%zu]   expected   found\n", s->name, from, to - 1);
    for (size_t i = from; i < to; i++) {
        char e[48], f[48];
        value_text(s, expected, i, e, sizeof e);
        value_text(s, found, i, f, sizeof f);
        size_t size = tl_type_size(s->type);
        bool same = tl_compare(s, (const char *)expected + i * size, (const char *)found + i * size, 1) < 0;
        printf("  %c %8zu  %-26s %s\n", same ? '.' : 'x', i, e, f);
    }
}

/* Outputs against the expected ones; on a difference notes `d` (or "unwritten" where poison is still there). */
static bool outputs_equal(tl_worker *w, const tl_case *c, tl_detector d, uint8_t poison) {
    for (int i = 0; i < c->op->narrays; i++) {
        const tl_array_spec *s = &c->op->arrays[i];
        if (s->role != TL_OUT)
            continue;
        size_t count = s->count(c->shape), size = tl_type_size(s->type);
        const uint8_t *found = tl_guard_view(guard_of(w, i));
        long at = tl_compare(s, c->data[i], found, count);
        if (at < 0)
            continue;
        bool untouched = true;
        for (size_t b = 0; b < size; b++)
            untouched &= found[(size_t)at * size + b] == poison;
        char e[48], f[48];
        value_text(s, c->data[i], (size_t)at, e, sizeof e);
        value_text(s, found, (size_t)at, f, sizeof f);
        note(w, untouched && d == TL_VALUE ? TL_UNWRITTEN : d, "%s[%ld] of %zu: expected %s, found %s", s->name,
             at, count, e, untouched ? "the poison" : f);
        if (w->replay)
            print_around(s, c->data[i], found, (size_t)at, count);
        return false;
    }
    return true;
}

/* A wrong first answer: is it the output's old content (stale), and did the aligned placement do better? */
static void explain(tl_worker *w, const tl_case *c, bool at_end, bool aligned_was_right) {
    if (w->found.detector != TL_VALUE && w->found.detector != TL_UNWRITTEN)
        return;
    tl_failure first = w->found;
    poison_outputs(w, c, 0);
    w->replay = false;
    bool right_on_zeros = first.detector == TL_VALUE && call_whole(w) && outputs_equal(w, c, TL_VALUE, 0);
    w->found = first;
    if (right_on_zeros)
        w->found.detector = TL_STALE;
    else if (at_end && aligned_was_right)
        w->found.detector = TL_ALIGNMENT;
}

/* Elements outside the part must still be poison after a call that was asked for [begin, end) only. */
static bool only_own_part(tl_worker *w, const tl_case *c, const uint8_t *const *before, size_t begin,
                          size_t end) {
    for (int i = 0; i < c->op->narrays; i++) {
        const tl_array_spec *s = &c->op->arrays[i];
        if (s->role != TL_OUT || s->whole)
            continue;
        size_t size = tl_type_size(s->type), count = s->count(c->shape);
        const uint8_t *now = tl_guard_view(guard_of(w, i));
        for (size_t e = 0; e < count; e++) {
            size_t owner = c->op->owner(s, c->shape, e);
            if ((owner < begin || owner >= end) && memcmp(now + e * size, before[i] + e * size, size)) {
                note(w, TL_SPLIT, "asked for %s %zu..%zu, wrote %s[%zu] of %s %zu", c->op->axis, begin, end,
                     s->name, e, c->op->axis, owner);
                return false;
            }
        }
    }
    return true;
}

/* The whole in random parts, in random order. */
static bool check_parts(tl_worker *w, const tl_case *c, tl_rng *r) {
    size_t extent = w->args.end, cut[5] = {0, 0, 0, 0, extent};
    for (int i = 1; i < 4; i++)
        cut[i] = tl_rng_below(r, extent + 1);
    for (int i = 1; i < 4; i++) /* insertion sort of three numbers */
        for (int j = i; j > 1 && cut[j] < cut[j - 1]; j--) {
            size_t t = cut[j];
            cut[j] = cut[j - 1];
            cut[j - 1] = t;
        }
    uint8_t *before[TL_MAX_ARRAYS] = {0};
    bool good = true;
    poison_scratch(w);
    poison_outputs(w, c, OTHER_POISON);
    unsigned first = (unsigned)tl_rng_below(r, 4);
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned p = 0; p < 4 && good; p++) {
            tk_args part = w->args;
            part.begin = cut[(first + p) % 4];
            part.end = cut[(first + p) % 4 + 1];
            if (!pass) {
                good = !w->kernel->prepare || call(w, w->kernel->prepare, &part);
                continue;
            }
            for (int i = 0; i < c->op->narrays; i++) {
                size_t bytes = guard_of(w, i)->bytes;
                if (c->op->arrays[i].role == TL_OUT && (before[i] = malloc(bytes + 1)))
                    memcpy(before[i], tl_guard_view(guard_of(w, i)), bytes);
            }
            good = call(w, w->kernel->run, &part) &&
                   only_own_part(w, c, (const uint8_t *const *)before, part.begin, part.end);
            for (int i = 0; i < TL_MAX_ARRAYS; i++) {
                free(before[i]);
                before[i] = NULL;
            }
        }
    return good && outputs_equal(w, c, TL_SPLIT, OTHER_POISON) && slack_clean(w, c, OTHER_POISON);
}

static bool check_threads(tl_worker *w, const tl_case *c) {
    poison_scratch(w);
    poison_outputs(w, c, OTHER_POISON);
    w->shared->in_kernel = 1;
    tk_pool_kernel(w->pool, w->kernel, &w->args, w->args.end, true, true);
    w->shared->in_kernel = 0;
    return outputs_equal(w, c, TL_SPLIT, OTHER_POISON) && slack_clean(w, c, OTHER_POISON);
}

bool tl_check_case(tl_worker *w, const tl_case *c, unsigned turn) {
    bool aligned_was_right = false;
    tl_rng r;
    tl_rng_seed(&r, c->seed + turn);
    for (int at_end = 0; at_end < 2; at_end++) {
        w->shared->at_end = at_end;
        if (!place(w, c, at_end)) {
            note(w, TL_FAULT, "guarded buffers were expected, found no memory or weights outside {-1,0,1}");
            return false;
        }
        if (!call_whole(w) || !slack_clean(w, c, POISON))
            return false;
        if (!outputs_equal(w, c, TL_VALUE, POISON)) {
            explain(w, c, at_end, aligned_was_right);
            return false;
        }
        if (!call_whole(w) || !outputs_equal(w, c, TL_REPEAT, POISON))
            return false;
        aligned_was_right = true;
        if (!check_parts(w, c, &r))
            return false;
        if (w->pool && turn % 16 == 0 && !check_threads(w, c))
            return false;
    }
    return true;
}
