/* casefile.c: every count is checked against the bytes that are left before it is used. */
#include "harness/casefile.h"
#include "kernels/registry.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct reader {
    const char *path;
    const uint8_t *data;
    size_t size, at;
    int status;
} reader;

enum { MAX_FILE = 1 << 30 };

static void fail(reader *r, const char *expected, const char *found) {
    char where[512];
    snprintf(where, sizeof where, "%s:byte %zu", r->path, r->at);
    if (r->status == TL_GO_ON)
        r->status = tl_bad(where, "%s expected, found %s", expected, found);
}

static const uint8_t *take(reader *r, size_t n, const char *what) {
    if (r->status != TL_GO_ON)
        return NULL;
    if (n > r->size - r->at) {
        fail(r, what, "the end of the file");
        return NULL;
    }
    const uint8_t *p = r->data + r->at;
    r->at += n;
    return p;
}

static uint64_t number(reader *r, size_t bytes, const char *what) {
    const uint8_t *p = take(r, bytes, what);
    uint64_t v = 0;
    for (size_t i = 0; p && i < bytes; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static void text(reader *r, char *out, size_t room, const char *what) {
    uint64_t n = number(r, 4, what);
    out[0] = 0;
    if (r->status == TL_GO_ON && n >= room) {
        fail(r, what, "an overlong text");
        return;
    }
    const uint8_t *p = take(r, n, what);
    if (p && memchr(p, 0, n))
        fail(r, what, "a NUL byte");
    if (p) {
        memcpy(out, p, n);
        out[n] = 0;
    }
}

static uint32_t crc32_of(const uint8_t *p, size_t n) { /* IEEE 802.3, reflected: what zlib computes */
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int b = 0; b < 8; b++)
            crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1)));
    }
    return ~crc;
}

typedef struct array {
    char name[32];
    tl_type type;
    uint64_t count;
    const uint8_t *data;
} array;

static void read_array(reader *r, array *a) {
    static const tl_type types[] = {TL_I8, TL_I32, TL_F32, TL_U8, TL_U16};
    text(r, a->name, sizeof a->name, "an array's name");
    uint64_t type = number(r, 4, "an array's type");
    if (r->status == TL_GO_ON && type > 4)
        fail(r, "an array type from 0 to 4", "another number");
    a->type = types[r->status == TL_GO_ON ? type : 0];
    a->count = number(r, 8, "an array's count");
    if (r->status == TL_GO_ON && a->count > (r->size - r->at) / tl_type_size(a->type))
        fail(r, "an array's data", "the end of the file");
    a->data = take(r, a->count * tl_type_size(a->type), "an array's data");
}

static const array *named(const array *a, size_t n, const char *name) {
    for (size_t i = 0; i < n; i++)
        if (!strcmp(a[i].name, name))
            return &a[i];
    return NULL;
}

/* NULL, or why no variant of the op (layout_NAME: that layout) takes the shape, whatever runs here: oracles and
 * layouts count on one that is taken. */
static const char *refused(const char *op, tk_shape s) {
    size_t n;
    const tk_kernel *const *k = tk_kernels(&n);
    const bool layout = !strncmp(op, "layout_", 7);
    const char *why = layout ? "no layout of this name" : NULL;
    for (size_t i = 0; i < n; i++) {
        const tk_layout *l = k[i]->layout;
        if (strcmp(layout ? op + 7 : op, !layout ? k[i]->op : l ? l->name : ""))
            continue;
        why = l ? l->reject(s) : NULL;
        if (!layout && !why && k[i]->reject)
            why = k[i]->reject(s);
        if (!why)
            return NULL;
    }
    return why;
}

static void add_layout(reader *r, tl_cases *c, const char *layout, const char *cls, tk_shape shape,
                       const array *a, size_t n) {
    const array *w = named(a, n, "w"), *packed = named(a, n, "packed");
    if (!w || !packed || w->type != TL_I8 || packed->type != TL_U8 || w->count != shape.m * shape.k) {
        fail(r, "a layout case with int8 \"w\" of M*K values and uint8 \"packed\"", "something else");
        return;
    }
    struct tl_golden *grown = realloc(c->golden, (c->ngolden + 1) * sizeof *grown);
    if (!grown) {
        fail(r, "memory", "none");
        return;
    }
    c->golden = grown;
    struct tl_golden *g = &grown[c->ngolden++];
    *g = (struct tl_golden){
        .shape = shape, .w = malloc(w->count + 1), .packed = malloc(packed->count + 1), .bytes = packed->count};
    snprintf(g->layout, sizeof g->layout, "%s", layout);
    snprintf(g->cls, sizeof g->cls, "%s", cls);
    if (!g->w || !g->packed) {
        fail(r, "memory", "none");
        return;
    }
    memcpy(g->w, w->data, w->count);
    memcpy(g->packed, packed->data, packed->count);
}

static void add_case(reader *r, tl_cases *c, const char *name, const char *cls, tk_shape shape, const array *a,
                     size_t n) {
    const tl_op *op = tl_op_find(name);
    if (!op) {
        fail(r, "an op of this program", name);
        return;
    }
    tl_case **grown = realloc(c->item, (c->count + 1) * sizeof(tl_case *));
    if (grown)
        c->item = grown;
    for (int i = 0; i < op->narrays && r->status == TL_GO_ON; i++) {
        const array *found = named(a, n, op->arrays[i].name);
        if (!found || found->type != op->arrays[i].type || found->count != op->arrays[i].count(shape)) {
            char want[80];
            snprintf(want, sizeof want, "%s array \"%s\" of %zu elements", name, op->arrays[i].name,
                     op->arrays[i].count(shape));
            fail(r, want, !found ? "none" : "another type or count");
        }
    }
    tl_case *one = grown && r->status == TL_GO_ON ? tl_case_new(op, shape) : NULL;
    if (!one) {
        fail(r, "memory", "none");
        return;
    }
    snprintf(one->cls, sizeof one->cls, "%s", cls);
    for (int i = 0; i < op->narrays; i++) {
        const array *found = named(a, n, op->arrays[i].name);
        memcpy(one->data[i], found->data, found->count * tl_type_size(found->type));
    }
    c->item[c->count++] = one;
}

static void read_case(reader *r, tl_cases *c) {
    char op[64], cls[32];
    array a[2 * TL_MAX_ARRAYS];
    uint64_t dim[4], limit = 1ull << 24;
    text(r, op, sizeof op, "an op's name");
    text(r, cls, sizeof cls, "a case's class");
    for (int i = 0; i < 4; i++) {
        dim[i] = number(r, 8, "a dimension");
        if (r->status == TL_GO_ON && dim[i] > limit)
            fail(r, "a dimension of at most 2^24", "a larger one");
    }
    if (r->status == TL_GO_ON &&
        (dim[0] * dim[1] > MAX_FILE || dim[1] * dim[2] > MAX_FILE || dim[0] * dim[2] > MAX_FILE))
        fail(r, "at most 2^30 elements", "more");
    number(r, 8, "a seed");
    uint64_t n = number(r, 4, "a number of arrays");
    if (r->status == TL_GO_ON && n > sizeof a / sizeof *a)
        fail(r, "at most 16 arrays", "more");
    for (uint64_t i = 0; r->status == TL_GO_ON && i < n; i++)
        read_array(r, &a[i]);
    if (r->status != TL_GO_ON)
        return;
    tk_shape shape = {dim[0], dim[1], dim[2], dim[3]};
    const char *why = refused(op, shape);
    if (why) {
        char want[96];
        snprintf(want, sizeof want, "a shape that %s takes", op);
        fail(r, want, why);
    } else if (!strncmp(op, "layout_", 7)) {
        add_layout(r, c, op + 7, cls, shape, a, n);
    } else {
        add_case(r, c, op, cls, shape, a, n);
    }
}

static void read_all(reader *r, tl_cases *c) {
    const uint8_t *magic = take(r, 8, "the magic TLCASE");
    if (magic && memcmp(magic, "TLCASE\0\0", 8))
        fail(r, "the magic TLCASE", "other bytes");
    uint64_t version = number(r, 4, "a version");
    if (r->status == TL_GO_ON && version != 2) {
        char found[24];
        snprintf(found, sizeof found, "%u", (unsigned)version);
        fail(r, "version 2", found);
    }
    if (r->status == TL_GO_ON && r->size < 20)
        fail(r, "a checksum", "the end of the file");
    if (r->status != TL_GO_ON)
        return;
    r->size -= 4;
    reader end = {.path = r->path, .data = r->data, .size = r->size + 4, .at = r->size, .status = TL_GO_ON};
    if (number(&end, 4, "a checksum") != crc32_of(r->data, r->size)) {
        r->at = r->size;
        fail(r, "the checksum of the bytes before it", "another (a damaged or truncated file)");
    }
    uint64_t n = number(r, 4, "a number of cases");
    for (uint64_t i = 0; r->status == TL_GO_ON && i < n; i++)
        read_case(r, c);
    if (r->status == TL_GO_ON && r->at != r->size)
        fail(r, "the end of the file", "more bytes");
}

static int read_file(const char *path, tl_cases *c) {
    FILE *f = fopen(path, "rb");
    struct stat st;
    if (!f || fstat(fileno(f), &st)) {
        if (f)
            fclose(f);
        return tl_bad(path, "a readable case file was expected, found: %s", strerror(errno));
    }
    reader r = {.path = path, .status = TL_GO_ON};
    uint8_t *data = NULL;
    if (!S_ISREG(st.st_mode) || st.st_size > MAX_FILE)
        fail(&r, "a regular file of at most 1 GiB", "another");
    else if (!(data = malloc((size_t)st.st_size + 1)))
        fail(&r, "memory", "none");
    else
        r.size = fread(data, 1, (size_t)st.st_size, f);
    fclose(f);
    r.data = data;
    if (r.status == TL_GO_ON)
        read_all(&r, c);
    free(data);
    return r.status;
}

static int is_case_file(const struct dirent *e) {
    size_t n = strlen(e->d_name);
    return n > 4 && !strcmp(e->d_name + n - 4, ".tlc");
}

int tl_cases_read(const char *path, tl_cases *c) {
    struct stat st;
    if (stat(path, &st))
        return tl_bad(path, "a case file or a folder of them was expected, found: %s", strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return read_file(path, c);
    struct dirent **entry;
    int n = scandir(path, &entry, is_case_file, alphasort), status = TL_GO_ON;
    for (int i = 0; i < n; i++) {
        char file[4096];
        snprintf(file, sizeof file, "%s/%s", path, entry[i]->d_name);
        if (status == TL_GO_ON)
            status = read_file(file, c);
        free(entry[i]);
    }
    if (n >= 0)
        free(entry);
    if (n <= 0)
        return tl_bad(path, "at least one *.tlc case file was expected, found none");
    return status;
}

void tl_cases_free(tl_cases *c) {
    for (size_t i = 0; i < c->count; i++)
        tl_case_free(c->item[i]);
    for (size_t i = 0; i < c->ngolden; i++) {
        free(c->golden[i].w);
        free(c->golden[i].packed);
    }
    free(c->item);
    free(c->golden);
    *c = (tl_cases){0};
}
