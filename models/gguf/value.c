/* value.c: looking at values of a mapped file. */
#include "models/gguf/gguf.h"

static const struct {
    const char *name;
    uint8_t bytes;
} types[TM_VALUE_TYPES] = {{"uint8", 1},  {"int8", 1},    {"uint16", 2}, {"int16", 2},  {"uint32", 4},
                           {"int32", 4},  {"float32", 4}, {"bool", 1},   {"string", 0}, {"array", 0},
                           {"uint64", 8}, {"int64", 8},   {"float64", 8}};

const char *tm_value_type_name(uint32_t type) {
    return type < TM_VALUE_TYPES ? types[type].name : "unknown";
}

static uint64_t load(const uint8_t *at, size_t bytes) {
    uint64_t u = 0;
    memcpy(&u, at, bytes); /* little-endian files on little-endian machines: the only ones that are built for */
    return u;
}

/* One number of a type: as an integer where it is one, else as a double. */
static bool number(uint32_t type, const uint8_t *at, bool *integer, bool *negative, uint64_t *u, double *f) {
    *integer = true;
    *negative = false;
    switch (type) {
    case TM_U8:
    case TM_U16:
    case TM_U32:
    case TM_U64:
        *u = load(at, types[type].bytes);
        break;
    case TM_I8:
        *u = (uint64_t)(int8_t)load(at, 1);
        break;
    case TM_I16:
        *u = (uint64_t)(int16_t)load(at, 2);
        break;
    case TM_I32:
        *u = (uint64_t)(int32_t)load(at, 4);
        break;
    case TM_I64:
        *u = load(at, 8);
        break;
    case TM_BOOL:
        *u = load(at, 1) != 0;
        break;
    case TM_F32: {
        float x;
        memcpy(&x, at, 4);
        *f = (double)x;
        *integer = false;
        return true;
    }
    case TM_F64:
        memcpy(f, at, 8);
        *integer = false;
        return true;
    default:
        return false;
    }
    *negative = (type == TM_I8 || type == TM_I16 || type == TM_I32 || type == TM_I64) && *u >> 63;
    *f = *negative ? (double)(int64_t)*u : (double)*u;
    return true;
}

bool tm_value_uint(const tm_value *v, uint64_t *out) {
    bool integer, negative;
    double f;
    return v && v->type != TM_BOOL && number(v->type, v->at, &integer, &negative, out, &f) && integer &&
           !negative;
}

bool tm_value_int(const tm_value *v, int64_t *out) {
    bool integer, negative;
    double f;
    uint64_t u;
    if (!v || v->type == TM_BOOL || !number(v->type, v->at, &integer, &negative, &u, &f) || !integer ||
        (!negative && u > INT64_MAX))
        return false;
    *out = (int64_t)u;
    return true;
}

bool tm_value_float(const tm_value *v, double *out) {
    bool integer, negative;
    uint64_t u;
    return v && (v->type == TM_F32 || v->type == TM_F64) &&
           number(v->type, v->at, &integer, &negative, &u, out);
}

bool tm_value_bool(const tm_value *v, bool *out) {
    if (!v || v->type != TM_BOOL)
        return false;
    *out = v->at[0] != 0;
    return true;
}

bool tm_value_str(const tm_value *v, tm_str *out) {
    if (!v || v->type != TM_STRING)
        return false;
    *out = (tm_str){(const char *)v->at, v->count};
    return true;
}

bool tm_value_at(const tm_value *v, uint64_t i, double *out) {
    bool integer, negative;
    uint64_t u;
    return v && v->type == TM_ARRAY && i < v->count && v->of < TM_VALUE_TYPES && types[v->of].bytes &&
           number(v->of, v->at + i * types[v->of].bytes, &integer, &negative, &u, out);
}

/* Lengths were checked against the end of the file when it was opened. */
bool tm_value_next_str(const tm_value *v, const uint8_t **at, tm_str *out) {
    if (!v || v->type != TM_ARRAY || v->of != TM_STRING)
        return false;
    if (!*at)
        *at = v->at;
    if (*at >= v->end)
        return false;
    *out = (tm_str){(const char *)*at + v->length_bytes, load(*at, v->length_bytes)};
    *at += v->length_bytes + out->n;
    return true;
}
