/* write.c: a GGUF file of version 3 in one pass: the header is gathered in memory, the data goes straight out.
 * Offsets are the running sum of padded sizes, the one order that every reader accepts. */
#include "models/gguf/gguf.h"

#include <stdlib.h>

struct tm_writer {
    uint32_t alignment;
    uint64_t nkv, ntensors, offset;
    tm_buffer kv, tensors;
    uint64_t *sizes; /* of the tensors */
    size_t room, current;
    uint64_t written; /* of the current one */
    bool broken;      /* memory ran out: begin says so */
};

tm_writer *tm_writer_new(uint32_t alignment) {
    tm_writer *w = calloc(1, sizeof *w);
    if (w)
        w->alignment = alignment;
    return w;
}

void tm_writer_free(tm_writer *w) {
    if (!w)
        return;
    tm_buffer_free(&w->kv);
    tm_buffer_free(&w->tensors);
    free(w->sizes);
    free(w);
}

static bool add(tm_writer *w, tm_buffer *b, const void *bytes, size_t n) {
    if (!tm_buffer_add(b, bytes, n))
        w->broken = true;
    return !w->broken;
}

static bool add_str(tm_writer *w, tm_buffer *b, tm_str s) {
    const uint64_t n = s.n;
    return add(w, b, &n, 8) && add(w, b, s.p, s.n);
}

static bool start_kv(tm_writer *w, tm_str key, uint32_t type) {
    w->nkv++;
    return add_str(w, &w->kv, key) && add(w, &w->kv, &type, 4);
}

bool tm_put_u32(tm_writer *w, const char *key, uint32_t v) {
    return start_kv(w, tm_str_of(key), TM_U32) && add(w, &w->kv, &v, 4);
}
bool tm_put_f32(tm_writer *w, const char *key, float v) {
    return start_kv(w, tm_str_of(key), TM_F32) && add(w, &w->kv, &v, 4);
}
bool tm_put_bool(tm_writer *w, const char *key, bool v) {
    return start_kv(w, tm_str_of(key), TM_BOOL) && add(w, &w->kv, &(uint8_t){v}, 1);
}
bool tm_put_str(tm_writer *w, const char *key, tm_str v) {
    return start_kv(w, tm_str_of(key), TM_STRING) && add_str(w, &w->kv, v);
}

static bool start_array(tm_writer *w, tm_str key, uint32_t of, uint64_t count) {
    return start_kv(w, key, TM_ARRAY) && add(w, &w->kv, &of, 4) && add(w, &w->kv, &count, 8);
}

bool tm_put_strings(tm_writer *w, const char *key, const tm_str *strings, size_t count) {
    bool good = start_array(w, tm_str_of(key), TM_STRING, count);
    for (size_t i = 0; i < count && good; i++)
        good = add_str(w, &w->kv, strings[i]);
    return good;
}

bool tm_put_numbers(tm_writer *w, const char *key, uint32_t of, const void *numbers, size_t count) {
    const size_t bytes = of == TM_U8 || of == TM_I8 || of == TM_BOOL    ? 1
                         : of == TM_U16 || of == TM_I16                 ? 2
                         : of == TM_U64 || of == TM_I64 || of == TM_F64 ? 8
                                                                        : 4;
    return start_array(w, tm_str_of(key), of, count) && add(w, &w->kv, numbers, count * bytes);
}

bool tm_put_value(tm_writer *w, tm_str key, const tm_value *v) {
    const size_t bytes = (size_t)(v->end - v->at);
    if (v->type == TM_STRING)
        return start_kv(w, key, TM_STRING) && add_str(w, &w->kv, (tm_str){(const char *)v->at, v->count});
    if (v->type != TM_ARRAY)
        return start_kv(w, key, v->type) && add(w, &w->kv, v->at, bytes);
    if (v->of == TM_ARRAY) /* ggml reads none; a writer must not make one */
        return false;
    bool good = start_array(w, key, v->of, v->count);
    if (v->of != TM_STRING)
        return good && add(w, &w->kv, v->at, bytes);
    tm_str s;
    for (const uint8_t *at = NULL; good && tm_value_next_str(v, &at, &s);)
        good = add_str(w, &w->kv, s);
    return good;
}

bool tm_put_tensor(tm_writer *w, tm_str name, uint32_t type, uint32_t dims, const uint64_t *ne,
                   uint64_t bytes) {
    if (w->ntensors == w->room) {
        const size_t room = w->room ? 2 * w->room : 64;
        uint64_t *sizes = realloc(w->sizes, room * sizeof *sizes);
        if (!sizes) {
            w->broken = true;
            return false;
        }
        w->sizes = sizes;
        w->room = room;
    }
    w->sizes[w->ntensors++] = bytes;
    const bool good = add_str(w, &w->tensors, name) && add(w, &w->tensors, &dims, 4) &&
                      add(w, &w->tensors, ne, 8 * (size_t)dims) && add(w, &w->tensors, &type, 4) &&
                      add(w, &w->tensors, &w->offset, 8);
    w->offset += (bytes + w->alignment - 1) / w->alignment * w->alignment;
    return good;
}

static bool out(FILE *f, const void *bytes, size_t n) {
    return !n || fwrite(bytes, 1, n, f) == n;
}

static bool pad(FILE *f, uint64_t written, uint32_t alignment) {
    static const char zeros[64];
    for (uint64_t rest = (alignment - written % alignment) % alignment; rest;) {
        const size_t n = rest < sizeof zeros ? (size_t)rest : sizeof zeros;
        if (!out(f, zeros, n))
            return false;
        rest -= n;
    }
    return true;
}

/* A tensor without bytes is complete as soon as it is its turn. */
static void skip_empty(tm_writer *w) {
    while (w->current < w->ntensors && !w->sizes[w->current])
        w->current++;
}

bool tm_writer_begin(tm_writer *w, FILE *f) {
    const uint32_t magic = 0x46554747u, version = 3;
    skip_empty(w);
    return !w->broken && out(f, &magic, 4) && out(f, &version, 4) && out(f, &w->ntensors, 8) &&
           out(f, &w->nkv, 8) && out(f, w->kv.p, w->kv.n) && out(f, w->tensors.p, w->tensors.n) &&
           (!w->ntensors || pad(f, 24 + w->kv.n + w->tensors.n, w->alignment));
}

bool tm_writer_data(tm_writer *w, FILE *f, const void *bytes, size_t n) {
    if (w->current >= w->ntensors || n > w->sizes[w->current] - w->written || !out(f, bytes, n))
        return false;
    w->written += n;
    if (w->written < w->sizes[w->current])
        return true;
    const bool good = pad(f, w->written, w->alignment);
    w->written = 0;
    w->current++;
    skip_empty(w);
    return good;
}

bool tm_writer_complete(const tm_writer *w) {
    return w->current == w->ntensors && !w->written;
}
