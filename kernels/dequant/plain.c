/* plain.c: one number at a time: floats and integers. */
#include "dequant/blocks.h"

#define NUMBER(name, type)                                                                                     \
    static void name(float *dst, const uint8_t *src) {                                                         \
        type v;                                                                                                \
        memcpy(&v, src, sizeof v);                                                                             \
        *dst = (float)v;                                                                                       \
    }
NUMBER(f32, float)
NUMBER(f64, double)
NUMBER(i8, int8_t)
NUMBER(i16, int16_t)
NUMBER(i32, int32_t)
NUMBER(i64, int64_t)

static void f16(float *dst, const uint8_t *src) {
    *dst = half_at(src);
}

static void bf16(float *dst, const uint8_t *src) {
    uint16_t b;
    memcpy(&b, src, 2);
    *dst = bf16_to_f32(b);
}

const tk_type tk_types_plain[] = {
    {0, "F32", 1, 4, 0, f32, NULL},  {1, "F16", 1, 2, 0, f16, NULL},  {30, "BF16", 1, 2, 0, bf16, NULL},
    {24, "I8", 1, 1, 0, i8, NULL},   {25, "I16", 1, 2, 0, i16, NULL}, {26, "I32", 1, 4, 0, i32, NULL},
    {27, "I64", 1, 8, 0, i64, NULL}, {28, "F64", 1, 8, 0, f64, NULL}, {0, NULL, 0, 0, 0, NULL, NULL}};
