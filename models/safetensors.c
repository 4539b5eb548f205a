/* safetensors.c: see safetensors.h. */
#include "models/safetensors.h"

#include "f32/f16.h"
#include "models/json.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *name;
    size_t bytes;
} dtypes[TM_DTYPES] = {{"U8", 1}, {"I8", 1}, {"F16", 2}, {"BF16", 2}, {"F32", 4}};

const char *tm_dtype_name(tm_dtype d) {
    return dtypes[d].name;
}

static bool read_array(tm_safetensors *s, tm_str key, const tm_json *j, size_t data, tm_array *a,
                       tm_error *err) {
    const tm_json *shape = tm_json_get(j, "shape"), *offsets = tm_json_get(j, "data_offsets");
    char name[64];
    tm_str type = {"", 0};
    int64_t begin = -1, end = -1, n;
    size_t d = 0;
    tm_printable(name, sizeof name, key);
    tm_json_str(tm_json_get(j, "dtype"), &type);
    while (d < TM_DTYPES && !tm_str_is(type, dtypes[d].name))
        d++;
    if (d == TM_DTYPES || key.n >= sizeof a->name)
        return tm_fail(err, "%s: array \"%s\": a type of U8, I8, F16, BF16 or F32 was expected, found another",
                       s->path, name);
    *a = (tm_array){
        .dtype = (tm_dtype)d, .dims = (uint32_t)tm_json_size(shape), .shape = {1, 1, 1, 1}, .count = 1};
    memcpy(a->name, key.p, key.n);
    if (!tm_json_is_array(shape) || a->dims > 4)
        return tm_fail(err, "%s: array \"%s\": a shape of at most 4 dimensions was expected, found another",
                       s->path, name);
    for (uint32_t i = 0; i < a->dims; i++) {
        if (!tm_json_int(tm_json_at(shape, i), &n) || n < 0 ||
            __builtin_mul_overflow(a->count, (uint64_t)n, &a->count) || a->count > s->size)
            return tm_fail(err, "%s: array \"%s\": a shape that fits the file was expected, found another",
                           s->path, name);
        a->shape[i] = (uint64_t)n;
    }
    if (!tm_json_int(tm_json_at(offsets, 0), &begin) || !tm_json_int(tm_json_at(offsets, 1), &end) ||
        begin < 0 || end < begin || (uint64_t)end > s->size - data ||
        (uint64_t)(end - begin) != a->count * dtypes[d].bytes)
        return tm_fail(
            err, "%s: array \"%s\": data_offsets of %llu bytes within the file were expected, found others",
            s->path, name, (unsigned long long)(a->count * dtypes[d].bytes));
    a->data = s->map + data + begin;
    return true;
}

static bool read_header(tm_safetensors *s, tm_error *err) {
    uint64_t length = 0;
    tm_str key;
    const tm_json *value;
    if (s->size >= 8)
        memcpy(&length, s->map, 8);
    if (s->size < 8 || !length || length > s->size - 8)
        return tm_fail(err, "%s: a safetensors header within the file was expected, found another length",
                       s->path);
    tm_json *root = tm_json_parse((tm_str){(const char *)s->map + 8, length}, s->path, err);
    if (!root)
        return false;
    bool good = tm_json_is_object(root) ||
                tm_fail(err, "%s: an object of arrays was expected, found something else", s->path);
    s->arrays = calloc(tm_json_size(root) + 1, sizeof *s->arrays);
    good = good && (s->arrays || tm_fail(err, "%s: no memory", s->path));
    for (void *at = NULL; good && tm_json_next(root, &at, &key, &value);)
        if (!tm_str_is(key, "__metadata__"))
            good = read_array(s, key, value, 8 + length, &s->arrays[s->n++], err);
    tm_json_free(root);
    return good;
}

tm_safetensors *tm_safetensors_open(const char *path, tm_error *err) {
    struct stat st;
    tm_safetensors *s = calloc(1, sizeof *s);
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool good = s && (s->path = strdup(path));
    if (!good)
        tm_fail(err, "%s: no memory", path);
    else if (fd < 0)
        good = tm_fail(err, "%s: a safetensors file was expected, found that it cannot be opened (%s)", path,
                       strerror(errno));
    else if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !st.st_size)
        good = tm_fail(err, "%s: a safetensors file was expected, found an empty one or none", path);
    if (good) {
        void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
        s->map = p == MAP_FAILED ? NULL : p;
        s->size = (size_t)st.st_size;
        good = (s->map || tm_fail(err, "%s: memory to map it was expected, found none", path)) &&
               read_header(s, err);
    }
    if (fd >= 0)
        close(fd);
    if (good)
        return s;
    tm_safetensors_close(s);
    return NULL;
}

void tm_safetensors_close(tm_safetensors *s) {
    if (!s)
        return;
    if (s->map)
        munmap((void *)(uintptr_t)s->map, s->size);
    free(s->arrays);
    free(s->path);
    free(s);
}

const tm_array *tm_safetensors_find(const tm_safetensors *s, const char *name) {
    for (size_t i = 0; i < s->n; i++)
        if (!strcmp(s->arrays[i].name, name))
            return &s->arrays[i];
    return NULL;
}

void tm_array_floats(const tm_array *a, uint64_t from, uint64_t n, float *x) {
    for (uint64_t i = 0; i < n; i++) {
        const uint8_t *p = a->data + (from + i) * dtypes[a->dtype].bytes;
        uint16_t half = 0;
        if (dtypes[a->dtype].bytes == 2)
            memcpy(&half, p, 2);
        switch (a->dtype) {
        case TM_DT_F32:
            memcpy(&x[i], p, 4);
            break;
        case TM_DT_F16:
            x[i] = f16_to_f32(half);
            break;
        case TM_DT_BF16:
            x[i] = bf16_to_f32(half);
            break;
        case TM_DT_I8:
            x[i] = (float)(int8_t)*p;
            break;
        default:
            x[i] = (float)*p;
        }
    }
}
