/* read.c: a GGUF file, mapped and checked. Nothing is allocated from a count that the file's size does not
 * bear out; what is compared is subtracted, not added, so that nothing wraps. */
#include "models/gguf/gguf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_NESTED = 4, KEY_BYTES = 65535, NAME_BYTES = 64, MOST_ALIGNMENT = 1 << 16, HEADER = 8 };

typedef struct cursor {
    tm_gguf *g;
    tm_error *err;
    size_t at;
    uint8_t word; /* bytes of a count or length: 4 in version 1, else 8 */
    char place[96];
} cursor;

static bool damaged(const cursor *c, const char *expected, const char *found) {
    return tm_fail(c->err, "%s: %s, byte %zu: %s was expected, found %s", c->g->path, c->place, c->at, expected,
                   found);
}

static bool take(cursor *c, void *out, size_t n) {
    if (c->g->size - c->at < n)
        return damaged(c, "more of the header", "the end of the file");
    if (out)
        memcpy(out, c->g->map + c->at, n);
    c->at += n;
    return true;
}

static bool take_count(cursor *c, uint64_t *out) {
    *out = 0;
    return take(c, out, c->word);
}

static bool take_str(cursor *c, tm_str *out) {
    uint64_t n;
    if (!take_count(c, &n))
        return false;
    if (n > c->g->size - c->at)
        return damaged(c, "a string within the file", "a length beyond its end");
    *out = (tm_str){(const char *)c->g->map + c->at, n};
    c->at += n;
    return true;
}

static size_t scalar_bytes(uint32_t type) {
    static const uint8_t bytes[TM_VALUE_TYPES] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    return bytes[type];
}

static bool take_value(cursor *c, uint32_t type, tm_value *v, int depth);

static bool take_array(cursor *c, tm_value *v, int depth) {
    if (!take(c, &v->of, 4) || !take_count(c, &v->count))
        return false;
    if (v->of >= TM_VALUE_TYPES)
        return damaged(c, "an element type of 0 to 12", "another number");
    const size_t least = v->of == TM_STRING ? c->word : v->of == TM_ARRAY ? c->word + 4u : scalar_bytes(v->of);
    if (v->count > (c->g->size - c->at) / least)
        return damaged(c, "an array within the file", "a count beyond its end");
    if (v->of == TM_ARRAY && depth >= MOST_NESTED)
        return damaged(c, "arrays nested at most 4 deep", "more");
    v->at = c->g->map + c->at;
    if (scalar_bytes(v->of))
        return take(c, NULL, v->count * least);
    tm_value inner;
    for (uint64_t i = 0; i < v->count; i++)
        if (!take_value(c, v->of, &inner, depth + 1))
            return false;
    return true;
}

static bool take_value(cursor *c, uint32_t type, tm_value *v, int depth) {
    tm_str s = {NULL, 0};
    *v = (tm_value){.type = type, .of = type, .count = 1, .at = c->g->map + c->at, .length_bytes = c->word};
    if (type >= TM_VALUE_TYPES)
        return damaged(c, "a value type of 0 to 12", "another number");
    if (type == TM_ARRAY) {
        if (!take_array(c, v, depth))
            return false;
    } else if (type == TM_STRING) {
        if (!take_str(c, &s))
            return false;
        v->at = (const uint8_t *)s.p;
        v->count = s.n;
    } else if (!take(c, NULL, scalar_bytes(type)))
        return false;
    v->end = c->g->map + c->at;
    return true;
}

static bool has_zero(tm_str s) {
    return s.n && memchr(s.p, 0, s.n);
}

static bool take_kv(cursor *c, tm_kv *kv, size_t i) {
    uint32_t type = 0;
    char name[64];
    snprintf(c->place, sizeof c->place, "key %zu", i);
    if (!take_str(c, &kv->key))
        return false;
    if (!kv->key.n || kv->key.n > KEY_BYTES || has_zero(kv->key))
        return damaged(c, "a key of 1 to 65535 characters", "none, more, or a zero byte in it");
    snprintf(c->place, sizeof c->place, "key \"%s\"", tm_printable(name, sizeof name, kv->key));
    return take(c, &type, 4) && take_value(c, type, &kv->value, 0);
}

static bool take_tensor(cursor *c, tm_tensor *t, size_t i) {
    char name[NAME_BYTES + 1];
    snprintf(c->place, sizeof c->place, "tensor %zu", i);
    if (!take_str(c, &t->name))
        return false;
    if (!t->name.n || t->name.n > NAME_BYTES || has_zero(t->name))
        return damaged(c, "a tensor name of 1 to 64 bytes", "none, more, or a zero byte in it");
    snprintf(c->place, sizeof c->place, "tensor \"%s\"", tm_printable(name, sizeof name, t->name));
    if (!take(c, &t->dims, 4))
        return false;
    if (t->dims > 4)
        return damaged(c, "at most 4 dimensions", "more");
    for (uint32_t d = 0; d < 4; d++) {
        t->ne[d] = 1;
        if (d < t->dims && !take_count(c, &t->ne[d]))
            return false;
    }
    return take(c, &t->type, 4) && take(c, &t->offset, 8);
}

/* Sorted pointers find a name that is there twice without comparing all with all. */
static int by_text(const tm_str *a, const tm_str *b) {
    const int order = memcmp(a->p, b->p, a->n < b->n ? a->n : b->n);
    return order ? order : (a->n > b->n) - (a->n < b->n);
}
static int by_pointed(const void *a, const void *b) {
    return by_text(*(tm_str *const *)a, *(tm_str *const *)b);
}

static bool unique(cursor *c, const void *first, size_t stride, size_t count, const char *what) {
    const tm_str **order = malloc((count + 1) * sizeof *order);
    const tm_str *twice = NULL;
    char name[64];
    if (!order)
        return tm_fail(c->err, "%s: no memory", c->g->path);
    for (size_t i = 0; i < count; i++)
        order[i] = (const tm_str *)(const void *)((const char *)first + i * stride);
    qsort(order, count, sizeof *order, by_pointed);
    for (size_t i = 1; i < count && !twice; i++)
        twice = by_text(order[i - 1], order[i]) ? NULL : order[i];
    free(order);
    return !twice || tm_fail(c->err, "%s: every %s once was expected, found \"%s\" twice", c->g->path, what,
                             tm_printable(name, sizeof name, *twice));
}

static bool read_alignment(cursor *c) {
    const tm_value *v = tm_gguf_find(c->g, "general.alignment");
    uint64_t a = 32;
    if (v && (v->type != TM_U32 || !tm_value_uint(v, &a) || a < 8 || a > MOST_ALIGNMENT || a & (a - 1)))
        return tm_fail(
            c->err,
            "%s: general.alignment: a uint32 power of two from 8 to 65536 was expected, found another value",
            c->g->path);
    c->g->alignment = (uint32_t)a;
    return true;
}

/* Where the tensor lies, or why it cannot be read. */
static const char *place_tensor(tm_gguf *g, tm_tensor *t) {
    const char *why = tm_tensor_bytes(t->type, tm_gguf_is_bitnet(g), t->ne, &t->bytes);
    const uint64_t section = g->size - g->data;
    if (why) {
        t->bytes = 0;
        return why;
    }
    if (t->offset % g->alignment)
        return "its offset is no multiple of the file's alignment";
    if (t->offset > section || t->bytes > section - t->offset)
        return "it reaches beyond the end of the file";
    t->data = g->map + g->data + t->offset;
    return NULL;
}

static bool place_tensors(cursor *c, bool tolerant) {
    tm_gguf *g = c->g;
    char name[NAME_BYTES + 1];
    g->data = g->ntensors ? (c->at + g->alignment - 1) / g->alignment * g->alignment : c->at;
    if (g->data > g->size)
        g->data = g->size;
    for (size_t i = 0; i < g->ntensors; i++) {
        tm_tensor *t = &g->tensors[i];
        t->why = place_tensor(g, t);
        const bool unknown = t->why && tm_tensor_bytes(t->type, tm_gguf_is_bitnet(g),
                                                       (uint64_t[4]){256, 4, 1, 1}, &(uint64_t){0});
        if (t->why && !tolerant && !unknown)
            return tm_fail(c->err, "%s: tensor \"%s\": a tensor within the file was expected, found that %s",
                           g->path, tm_printable(name, sizeof name, t->name), t->why);
    }
    return true;
}

static bool read_header(cursor *c) {
    tm_gguf *g = c->g;
    uint32_t magic;
    uint64_t tensors, kvs;
    snprintf(c->place, sizeof c->place, "header");
    if (g->size < HEADER || (memcpy(&magic, g->map, 4), magic != 0x46554747u))
        return damaged(c, "a GGUF file (it starts with \"GGUF\")", g->size ? "other bytes" : "an empty file");
    c->at = 4;
    take(c, &g->version, 4);
    if (!(g->version & 0xffffu) && g->version)
        return damaged(c, "a little-endian file", "a big-endian one");
    if (g->version < 1 || g->version > 3)
        return damaged(c, "GGUF version 1, 2 or 3", "another version");
    c->word = g->version == 1 ? 4 : 8;
    if (!take_count(c, &tensors) || !take_count(c, &kvs))
        return false;
    if (kvs > (g->size - c->at) / (c->word + 6u) || tensors > (g->size - c->at) / (c->word + 17u))
        return damaged(c, "counts of keys and tensors that fit into the file", "larger ones");
    g->kv = calloc(kvs + 1, sizeof *g->kv);
    g->tensors = calloc(tensors + 1, sizeof *g->tensors);
    if (!g->kv || !g->tensors)
        return tm_fail(c->err, "%s: memory for its header was expected, found none", g->path);
    for (; g->nkv < kvs; g->nkv++)
        if (!take_kv(c, &g->kv[g->nkv], g->nkv))
            return false;
    for (; g->ntensors < tensors; g->ntensors++)
        if (!take_tensor(c, &g->tensors[g->ntensors], g->ntensors))
            return false;
    return unique(c, &g->kv[0].key, sizeof *g->kv, g->nkv, "key") &&
           unique(c, &g->tensors[0].name, sizeof *g->tensors, g->ntensors, "tensor") && read_alignment(c);
}

static bool map_file(tm_gguf *g, tm_error *err) {
    struct stat st;
    const int fd = open(g->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return tm_fail(err, "%s: a model file was expected, found that it cannot be opened (%s)", g->path,
                       strerror(errno));
    const bool regular = !fstat(fd, &st) && S_ISREG(st.st_mode);
    if (regular && st.st_size > 0) {
        void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
        g->map = p == MAP_FAILED ? NULL : p;
        g->size = (size_t)st.st_size;
        if (g->map) /* what is not cached yet comes in pages of 2 MiB, where kernel and file system can */
            madvise(p, g->size, MADV_HUGEPAGE);
    }
    close(fd);
    if (!regular)
        return tm_fail(err, "%s: a model file was expected, found %s", g->path,
                       S_ISDIR(st.st_mode) ? "a folder" : "something that is no regular file");
    if (!g->map)
        return tm_fail(err, "%s: a model file was expected, found %s", g->path,
                       st.st_size ? "no memory to map it" : "an empty file");
    return true;
}

static tm_gguf *new_gguf(const char *path, tm_error *err) {
    tm_gguf *g = calloc(1, sizeof *g);
    if (!g || !(g->path = strdup(path))) {
        free(g);
        tm_fail(err, "%s: no memory", path);
        return NULL;
    }
    return g;
}

/* What is in reach as g->map; nothing is left of it where that is no whole file. */
static tm_gguf *check_all(tm_gguf *g, bool tolerant, tm_error *err) {
    cursor c = {.g = g, .err = err};
    if (read_header(&c) && place_tensors(&c, tolerant))
        return g;
    tm_gguf_close(g);
    return NULL;
}

tm_gguf *tm_gguf_open(const char *path, bool tolerant, tm_error *err) {
    tm_gguf *g = new_gguf(path, err);
    if (g && map_file(g, err))
        return check_all(g, tolerant, err);
    tm_gguf_close(g);
    return NULL;
}

tm_gguf *tm_gguf_from_memory(const char *name, const void *bytes, size_t size, bool tolerant, tm_error *err) {
    tm_gguf *g = new_gguf(name, err);
    if (!g)
        return NULL;
    g->map = bytes;
    g->size = size;
    g->borrowed = true;
    return check_all(g, tolerant, err);
}

void tm_gguf_close(tm_gguf *g) {
    if (!g)
        return;
    if (g->map && !g->borrowed)
        munmap((void *)(uintptr_t)g->map, g->size);
    free(g->kv);
    free(g->tensors);
    free(g->path);
    free(g);
}

const tm_value *tm_gguf_find(const tm_gguf *g, const char *key) {
    for (size_t i = 0; i < g->nkv; i++)
        if (tm_str_is(g->kv[i].key, key))
            return &g->kv[i].value;
    return NULL;
}

const tm_tensor *tm_gguf_tensor(const tm_gguf *g, const char *name) {
    for (size_t i = 0; i < g->ntensors; i++)
        if (tm_str_is(g->tensors[i].name, name))
            return &g->tensors[i];
    return NULL;
}

bool tm_gguf_is_bitnet(const tm_gguf *g) {
    tm_str arch;
    return tm_value_str(tm_gguf_find(g, "general.architecture"), &arch) && arch.n >= 6 &&
           !memcmp(arch.p, "bitnet", 6);
}
