/* op.c: the list of adapters, cases, and the generators that adapters share. */
#include "harness/op.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OP(name) extern const tl_op tl_op_##name;
#include "ops.inc"
#undef OP

static const tl_op *const all[] = {
#define OP(name) &tl_op_##name,
#include "ops.inc"
#undef OP
};

const tl_op *const *tl_ops(size_t *count) {
    *count = sizeof all / sizeof *all;
    return all;
}

const tl_op *tl_op_find(const char *name) {
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!strcmp(all[i]->name, name))
            return all[i];
    return NULL;
}

size_t tl_type_size(tl_type t) {
    return t == TL_I8 || t == TL_U8 ? 1 : t == TL_U16 ? 2 : 4;
}

tl_case *tl_case_new(const tl_op *op, tk_shape shape) {
    tl_case *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->op = op;
    c->shape = shape;
    for (int i = 0; i < op->narrays; i++) {
        size_t n = op->arrays[i].count(shape), size = tl_type_size(op->arrays[i].type);
        c->data[i] = n <= SIZE_MAX / 8 ? calloc(n ? n : 1, size) : NULL;
        if (!c->data[i]) {
            tl_case_free(c);
            return NULL;
        }
    }
    return c;
}

void tl_case_free(tl_case *c) {
    if (!c)
        return;
    for (int i = 0; i < TL_MAX_ARRAYS; i++)
        free(c->data[i]);
    free(c);
}

static uint64_t mix(uint64_t z) { /* splitmix64 (Steele, Lea, Flood 2014) */
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void tl_rng_seed(tl_rng *r, uint64_t seed) {
    for (int i = 0; i < 4; i++)
        r->s[i] = mix(seed + (uint64_t)i * 0x9e3779b97f4a7c15u);
}

uint64_t tl_rng_next(tl_rng *r) { /* xoshiro256** (Blackman, Vigna 2018) */
    uint64_t *s = r->s, x = s[1] * 5, out = ((x << 7) | (x >> 57)) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 45) | (s[3] >> 19);
    return out;
}

uint64_t tl_rng_below(tl_rng *r, uint64_t n) {
    return (uint64_t)(((__uint128_t)tl_rng_next(r) * n) >> 64);
}

void tl_rng_shuffle(tl_rng *r, size_t *order, size_t n) {
    for (size_t i = 0; i < n; i++) { /* inside out */
        const size_t j = tl_rng_below(r, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}

/* The sum of eight uniform numbers of 16 bits: 10 times as fast as logarithm and cosine, and the same on every
 * machine, whatever its libm. */
float tl_rng_normal(tl_rng *r) {
    const uint64_t low = 0x0000ffff0000ffffu, u = tl_rng_next(r), v = tl_rng_next(r),
                   pairs = (u & low) + (u >> 16 & low) + (v & low) + (v >> 16 & low);
    const uint32_t sum = (uint32_t)pairs + (uint32_t)(pairs >> 32);
    const float mean = 4 * 65535, deviation = 53509.92f; /* sqrt(8 (2^32 - 1) / 12) */
    return ((float)sum - mean) / deviation;
}

void tl_rng_bytes(tl_rng *r, void *to, size_t n) {
    for (uint8_t *at = to, *end = at + n; at < end;) {
        const uint64_t u = tl_rng_next(r);
        const size_t left = (size_t)(end - at), some = left < sizeof u ? left : sizeof u;
        memcpy(at, &u, some);
        at += some;
    }
}

const char *const tl_float_pattern_names[TL_FLOAT_PATTERNS + 1] = {TL_FLOAT_PATTERN_LIST, NULL};

static float from_bits(uint32_t u) {
    float f;
    memcpy(&f, &u, 4);
    return f;
}

void tl_fill_floats(float *x, size_t n, int pattern, tl_rng *r) {
    for (size_t i = 0; i < n; i++)
        x[i] = tl_rng_normal(r);
    size_t at = n ? tl_rng_below(r, n) : 0;
    float common = tl_rng_normal(r) * 3;
    for (size_t i = 0; i < n; i++) {
        uint64_t u = tl_rng_next(r);
        float sign = u & 1 ? 1.0f : -1.0f;
        switch (pattern) {
        case 1:
            x[i] = 0;
            break;
        case 2:
            x[i] = -0.0f;
            break;
        case 3:
            x[i] = from_bits((uint32_t)(u >> 9) & 0x807fffffu);
            break;
        case 4:
            x[i] *= 1e30f;
            break;
        case 5:
            x[i] = (u >> 8) % 16 == 0 ? sign * INFINITY : x[i];
            break;
        case 6:
            x[i] = (u >> 8) % 16 == 0 ? from_bits(0x7fc00001u | (uint32_t)(u & 1) << 31) : x[i];
            break;
        case 7:
            x[i] = sign * ((float)((u >> 8) % 127) + 0.5f);
            break; /* with the 127 below: halves stay halves */
        case 8:
            x[i] = i == at ? sign * 1000 : x[i] * 1e-3f;
            break;
        case 9:
            x[i] = i & 1 ? -1.0f : 1.0f;
            break;
        case 10:
            x[i] = from_bits((uint32_t)(u >> 16));
            break;
        case 11:
            x[i] = common;
            break;
        default:
            break;
        }
    }
    if (pattern == 7 && n)
        x[at] = 127;
}

static int classes_of(const tl_op *op) {
    int n = 0;
    while (op->classes[n])
        n++;
    return n;
}

/* Case i starts with its shape. */
static tk_shape start(tl_rng *r, const tl_op *op, uint64_t seed, unsigned i) {
    tl_rng_seed(r, mix(seed) ^ (uint64_t)i * 0x9e3779b97f4a7c15u);
    return op->small(r, i);
}

tk_shape tl_case_shape(const tl_op *op, uint64_t seed, unsigned i) {
    tl_rng r;
    return start(&r, op, seed, i);
}

tl_case *tl_case_generate(const tl_op *op, uint64_t seed, unsigned i) {
    tl_rng r;
    const tk_shape shape = start(&r, op, seed, i);
    int cls = (int)(i % (unsigned)classes_of(op));
    tl_case *c = tl_case_new(op, shape);
    if (!c)
        return NULL;
    c->seed = seed;
    snprintf(c->cls, sizeof c->cls, "%s", op->classes[cls]);
    op->fill(c, cls, &r);
    op->oracle(c);
    return c;
}

tl_case *tl_case_filled(const tl_op *op, tk_shape shape, uint64_t seed) {
    tl_rng r;
    tl_rng_seed(&r, seed);
    tl_case *c = tl_case_new(op, shape);
    if (!c)
        return NULL;
    c->seed = seed;
    snprintf(c->cls, sizeof c->cls, "%s", op->classes[0]);
    op->fill(c, 0, &r);
    return c;
}

tl_case *tl_case_of_shape(const tl_op *op, tk_shape shape, uint64_t seed) {
    tl_case *c = tl_case_filled(op, shape, seed);
    if (c)
        op->oracle(c);
    return c;
}
