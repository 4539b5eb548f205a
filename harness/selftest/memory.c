/* memory.c: kernels that touch bytes they must not, or leave bytes they should write. */
#include "harness/selftest/wrong.h"

static volatile float sink;

static void over_read_byte(const tk_args *a) {
    mul(a, a->begin, a->end);
    sink = (float)((const volatile int8_t *)a->w)[a->shape.k];
}
WRONG_KERNEL(over_read_byte_k, "ternary_mul", NULL, over_read_byte);

static void over_read_vector(const tk_args *a) {
    mul(a, a->begin, a->end);
    for (size_t i = a->end; i < a->end + 8; i++) /* as a vector load past the tail does */
        sink = ((const volatile float *)a->x)[i];
}
WRONG_KERNEL(over_read_vector_k, "ternary_mul", NULL, over_read_vector);

static void under_read(const tk_args *a) {
    mul(a, a->begin, a->end);
    if (!a->begin)
        sink = ((const volatile float *)a->x)[-1];
}
WRONG_KERNEL(under_read_k, "ternary_mul", NULL, under_read);

static void over_write(const tk_args *a) {
    mul(a, a->begin, a->end);
    if (a->end == a->shape.k)
        ((volatile float *)a->y)[a->end] = 0;
}
WRONG_KERNEL(over_write_k, "ternary_mul", NULL, over_write);

static void over_write_far(const tk_args *a) {
    mul(a, a->begin, a->end);
    if (a->end ==
        a->shape.k) /* never reaches the guard page from the start placement: only slack bytes see it */
        ((volatile uint8_t *)a->y)[4 * a->end + 60] = 0;
}
WRONG_KERNEL(over_write_far_k, "ternary_mul", NULL, over_write_far);

static void under_write(const tk_args *a) {
    mul(a, a->begin, a->end);
    if (!a->begin)
        ((volatile float *)a->y)[-1] = 0;
}
WRONG_KERNEL(under_write_k, "ternary_mul", NULL, under_write);

static void writes_input(const tk_args *a) {
    mul(a, a->begin, a->end);
    if (a->end > a->begin) {
        volatile float *x = (volatile float *)(uintptr_t)a->x;
        x[a->begin] = x[a->begin];
    }
}
WRONG_KERNEL(writes_input_k, "ternary_mul", NULL, writes_input);

static void empty_body(const tk_args *a) {
    (void)a;
}
WRONG_KERNEL(empty_body_k, "gemv", &tk_layout_i2s, empty_body);

static void skips_tail(const tk_args *a) {
    mul(a, a->begin, a->begin + (a->end - a->begin) / 8 * 8);
}
WRONG_KERNEL(skips_tail_k, "ternary_mul", NULL, skips_tail);

static void null_pointer(const tk_args *a) {
    mul(a, a->begin, a->end);
    sink = *(const volatile float *)(uintptr_t)(a->begin & 0);
}
WRONG_KERNEL(null_pointer_k, "ternary_mul", NULL, null_pointer);

static void wants_alignment(const tk_args *a) {
    mul(a, a->begin, a->end);
#if defined(__x86_64__)
    if (a->end >= a->begin + 4)
        __asm__ volatile("movaps (%0), %%xmm0" : : "r"((const float *)a->x + a->begin) : "xmm0");
#else
    if ((uintptr_t)a->x % 32 && a->end > a->begin)
        ((float *)a->y)[a->begin] += 1;
#endif
}
WRONG_KERNEL(wants_alignment_k, "ternary_mul", NULL, wants_alignment);

/* I2_S, whose pack writes a byte too many. */
static const char *i2s_reject(tk_shape s) {
    return tk_layout_i2s.reject(s);
}
static size_t i2s_size(tk_shape s) {
    return tk_layout_i2s.size(s);
}
static bool pack_too_far(void *dst, const int8_t *w, tk_shape s) {
    ((uint8_t *)dst)[i2s_size(s)] = 0;
    return tk_layout_i2s.pack(dst, w, s);
}
static void i2s_unpack(int8_t *w, const void *src, tk_shape s) {
    tk_layout_i2s.unpack(w, src, s);
}
static const tk_layout layout_too_far = {.name = "i2s",
                                         .bits_per_weight = 2,
                                         .align = 1,
                                         .reject = i2s_reject,
                                         .size = i2s_size,
                                         .pack = pack_too_far,
                                         .unpack = i2s_unpack};

const tl_wrong tl_wrong_memory[] = {
    {"over_read_byte", &over_read_byte_k, NULL, TL_OVERREAD, NULL, "reads one byte past the weights"},
    {"over_read_vector", &over_read_vector_k, NULL, TL_OVERREAD, NULL, "loads a whole vector past the tail"},
    {"under_read", &under_read_k, NULL, TL_OVERREAD, NULL, "reads the element before the activations"},
    {"over_write", &over_write_k, NULL, TL_OVERWRITE, NULL, "writes one element past the output"},
    {"over_write_far", &over_write_far_k, NULL, TL_OVERWRITE, NULL, "writes 60 bytes past the output"},
    {"under_write", &under_write_k, NULL, TL_OVERWRITE, NULL, "writes the element before the output"},
    {"writes_input", &writes_input_k, NULL, TL_WRITES_INPUT, NULL, "writes an activation back, unchanged"},
    {"empty_body", &empty_body_k, NULL, TL_UNWRITTEN, NULL, "does nothing (shipped: x86 without AVX2)"},
    {"skips_tail", &skips_tail_k, NULL, TL_UNWRITTEN, NULL, "stops at the last multiple of 8"},
    {"null_pointer", &null_pointer_k, NULL, TL_FAULT, NULL, "reads address 0"},
    {"wants_alignment", &wants_alignment_k, NULL, TL_ALIGNMENT, NULL, "aligned load that it did not announce"},
    {"layout_too_far", NULL, &layout_too_far, TL_OVERWRITE, NULL, "packs one byte past the matrix"},
    {0}};
