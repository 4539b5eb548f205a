/* state.c: kernels that compute the right values but leave something changed, or depend on something they must
 * not. */
#include "harness/selftest/wrong.h"

#include <stdlib.h>

static void illegal(const tk_args *a) {
    mul(a, a->begin, a->end);
#if defined(__x86_64__)
    __asm__ volatile("ud2");
#else
    __asm__ volatile(".inst 0");
#endif
}
WRONG_KERNEL(illegal_k, "ternary_mul", NULL, illegal);

static void hangs(const tk_args *a) {
    volatile size_t i = a->begin;
    while (i <= SIZE_MAX - 1)
        i = a->begin;
}
WRONG_KERNEL(hangs_k, "ternary_mul", NULL, hangs);

static void exits(const tk_args *a) {
    mul(a, a->begin, a->end);
    _Exit(0);
}
WRONG_KERNEL(exits_k, "ternary_mul", NULL, exits);

static void aborts(const tk_args *a) {
    mul(a, a->begin, a->end);
    abort();
}
WRONG_KERNEL(aborts_k, "ternary_mul", NULL, aborts);

/* Bits of the control word: x86 MXCSR flush-to-zero 15, rounding 13-14; AArch64 FPCR 24 and 22-23. */
static void set_control(unsigned x86_bit, unsigned arm_bit) {
#if defined(__x86_64__)
    uint32_t v;
    (void)arm_bit;
    __asm__ volatile("stmxcsr %0" : "=m"(v));
    v |= 1u << x86_bit;
    __asm__ volatile("ldmxcsr %0" : : "m"(v));
#elif defined(__aarch64__)
    uint64_t v;
    (void)x86_bit;
    __asm__ volatile("mrs %0, fpcr" : "=r"(v));
    v |= 1ull << arm_bit;
    __asm__ volatile("msr fpcr, %0" : : "r"(v));
#endif
}

static void leaks_flush_to_zero(const tk_args *a) {
    mul(a, a->begin, a->end);
    set_control(15, 24);
}
WRONG_KERNEL(leaks_flush_to_zero_k, "ternary_mul", NULL, leaks_flush_to_zero);

static void leaks_rounding(const tk_args *a) {
    mul(a, a->begin, a->end);
    set_control(13, 23);
}
WRONG_KERNEL(leaks_rounding_k, "ternary_mul", NULL, leaks_rounding);

#if defined(__x86_64__)
static void dirty_upper(const tk_args *a) {
    mul(a, a->begin, a->end);
    if (tl_vector_state_readable()) /* so the CPU has AVX */
        __asm__ volatile("vcmpps $15, %%ymm1, %%ymm1, %%ymm1" : : : "xmm1");
}
WRONG_KERNEL(dirty_upper_k, "ternary_mul", NULL, dirty_upper);
#endif

static unsigned calls;
static void second_differs(const tk_args *a) {
    mul(a, a->begin, a->end);
    if (calls++ % 2 && a->end > a->begin)
        ((float *)a->y)[a->begin] += 1;
}
WRONG_KERNEL(second_differs_k, "ternary_mul", NULL, second_differs);

static void accumulates(const tk_args *a) {
    for (size_t m = a->begin; m < a->end; m++)
        for (size_t n = 0; n < a->shape.n; n++)
            *out(a, m, n) += dot(a, m, n, a->shape.k);
}
WRONG_KERNEL(accumulates_k, "gemv", &tk_layout_i2s, accumulates);

static void ignores_part(const tk_args *a) {
    mul(a, 0, a->shape.k);
}
WRONG_KERNEL(ignores_part_k, "ternary_mul", NULL, ignores_part);

static void shifts_part(const tk_args *a) {
    size_t from = a->begin ? a->begin + 1 : 0; /* a part that does not start at 0 loses its first element */
    mul(a, from < a->end ? from : a->end, a->end);
}
WRONG_KERNEL(shifts_part_k, "ternary_mul", NULL, shifts_part);

static void rounds_part_up(const tk_args *a) {
    size_t end = (a->end + 7) / 8 * 8; /* whole vectors only: writes into the next part */
    mul(a, a->begin, end < a->shape.k ? end : a->shape.k);
}
WRONG_KERNEL(rounds_part_up_k, "ternary_mul", NULL, rounds_part_up);

/* A copy of x in scratch: only the part that begins at 0 makes it, whatever is left of an earlier call does. */
static size_t k_floats(tk_shape s) {
    return s.k * sizeof(float);
}
static void prepares_first_part(const tk_args *a) {
    if (!a->begin && a->end)
        memcpy(a->scratch, a->x, a->end * sizeof(float));
}
static void mul_prepared(const tk_args *a) {
    tk_args copy = *a;
    copy.x = a->scratch;
    mul(&copy, a->begin, a->end);
}
static const tk_kernel prepares_first_part_k = {.name = "prepares_first_part_k",
                                                .op = "ternary_mul",
                                                .format = "wrong",
                                                .trick = "",
                                                .isa = &tk_isa_generic,
                                                .scratch = k_floats,
                                                .prepare = prepares_first_part,
                                                .run = mul_prepared};

const tl_wrong tl_wrong_state[] = {
    {"illegal", &illegal_k, NULL, TL_ILLEGAL, NULL, "executes an instruction that does not exist"},
    {"hangs", &hangs_k, NULL, TL_HANG, NULL, "never returns"},
    {"exits", &exits_k, NULL, TL_EXIT, NULL, "ends the process with status 0"},
    {"aborts", &aborts_k, NULL, TL_EXIT, NULL, "calls abort"},
    {"leaks_flush_to_zero", &leaks_flush_to_zero_k, NULL, TL_FP_STATE, NULL, "leaves flush-to-zero on"},
    {"leaks_rounding", &leaks_rounding_k, NULL, TL_FP_STATE, NULL, "leaves another rounding mode"},
#if defined(__x86_64__)
    {"dirty_upper", &dirty_upper_k, NULL, TL_VECTOR_STATE, NULL, "forgets vzeroupper"},
#endif
    {"second_differs", &second_differs_k, NULL, TL_REPEAT, NULL,
     "a static counter changes every second answer"},
    {"accumulates", &accumulates_k, NULL, TL_STALE, NULL, "adds to what the output held"},
    {"ignores_part", &ignores_part_k, NULL, TL_SPLIT, NULL,
     "writes the whole output whatever part is asked for"},
    {"shifts_part", &shifts_part_k, NULL, TL_SPLIT, NULL, "loses the first element of later parts"},
    {"rounds_part_up", &rounds_part_up_k, NULL, TL_SPLIT, NULL, "writes whole vectors into the next part"},
    {"prepares_first_part", &prepares_first_part_k, NULL, TL_SPLIT, NULL,
     "prepares nothing for parts that do not begin at 0"},
    {0}};
