/* convert.c: the writing side of every conversion, and GGUF as a source. */
#include "models/convert.h"

#include "dequant/dequant.h"
#include "models/encode.h"
#include <stdlib.h>

enum { F32 = 0, ROWS = 256 };

/* ---- what will be written -------------------------------------------------------------------------------- */
typedef struct target {
    const tm_source_part *part;
    uint32_t type;
    uint64_t ne[4], bytes;
    float factor; /* other than 1: a .scale tensor follows */
    float scale;  /* of the source's own .scale tensor, which then goes into that one */
    bool gone;    /* it is such a tensor */
} target;

typedef struct conversion {
    FILE *f;
    tm_writer *w;
    const tm_source *source;
    tm_error *err;
    target *targets;
    int8_t *values;
    float *scales;
    uint8_t *out;
    size_t values_room, scales_room, out_room;
} conversion;

static bool grow(const conversion *c, void *pointer, size_t *room, size_t bytes) {
    void *p;
    memcpy(&p, pointer, sizeof p);
    if (bytes <= *room)
        return true;
    free(p);
    p = malloc(bytes);
    memcpy(pointer, &p, sizeof p);
    *room = p ? bytes : 0;
    return p || tm_fail(c->err, "%s: memory for a tensor was expected, found none", c->source->path);
}

static bool encode(conversion *c, target *t) {
    const tm_source_part *p = t->part;
    if (!grow(c, &c->values, &c->values_room, p->m * p->k) || !grow(c, &c->scales, &c->scales_room, 4 * p->m) ||
        !grow(c, &c->out, &c->out_room, t->bytes) ||
        !c->source->ternary(c->source->ctx, p, c->values, c->scales, c->err))
        return false;
    const char *why = tm_encode_ternary(c->out, t->type, c->values, c->scales, p->m, p->k, &t->factor);
    return !why || tm_fail(c->err, "%s: tensor \"%s\": a matrix that %s holds was expected, found: %s",
                           c->source->path, p->name, tm_tensor_type_name(t->type, true), why);
}

static bool plan(conversion *c, target *t, const tm_source_part *p, uint32_t weights, uint32_t head) {
    *t = (target){.part = p,
                  .type = p->kind == TM_PART_TERNARY ? weights : head,
                  .ne = {p->k, p->m, 1, 1},
                  .factor = 1,
                  .scale = 1};
    if (p->kind == TM_PART_BYTES) {
        t->type = p->type;
        t->bytes = p->bytes;
        memcpy(t->ne, p->ne, sizeof t->ne);
        return true;
    }
    const char *why = tm_type_misfit(t->type, c->source->bitnet);
    why = why ? why : tm_tensor_bytes(t->type, true, t->ne, &t->bytes);
    if (why)
        return tm_fail(c->err, "%s: tensor \"%s\": a matrix that %s holds was expected, found: %s",
                       c->source->path, p->name, tm_tensor_type_name(t->type, true), why);
    /* A scale that is rounded may need a .scale tensor: only the values tell. */
    return p->kind != TM_PART_TERNARY || !tm_type_rounds_scale(t->type) || encode(c, t);
}

static void scale_name(char name[80], const target *t) {
    snprintf(name, 80, "%.*s.scale", (int)strlen(t->part->name) - 7, t->part->name);
}

/* Weights that need a .scale tensor may come with one: its number times theirs, as when the model runs. */
static bool join_scales(conversion *c, target *t) {
    char name[80];
    if (t->factor == 1)
        return true;
    scale_name(name, t);
    for (size_t i = 0; i < c->source->n; i++) {
        target *other = &c->targets[i];
        if (strcmp(other->part->name, name) != 0)
            continue;
        if (other->type != F32 || other->bytes != 4)
            return tm_fail(c->err, "%s: tensor \"%s\": one F32 number was expected, found something else",
                           c->source->path, name);
        memcpy(&t->scale, c->source->raw(c->source->ctx, other->part), 4);
        other->gone = true;
    }
    return true;
}

static bool put(conversion *c, const target *t) {
    char name[80];
    const tm_source_part *p = t->part;
    if (t->gone)
        return true;
    bool good = tm_put_tensor(c->w, tm_str_of(p->name), t->type, p->kind == TM_PART_BYTES ? p->dims : 2, t->ne,
                              t->bytes);
    if (t->factor != 1) {
        scale_name(name, t);
        good = good && tm_put_tensor(c->w, tm_str_of(name), F32, 1, (uint64_t[]){1}, 4);
    }
    return good || tm_fail(c->err, "%s: no memory", c->source->path);
}

static bool write_floats(conversion *c, const target *t) {
    const tm_source_part *p = t->part;
    uint64_t bytes;
    for (size_t row = 0, n; row < p->m; row += n) {
        n = p->m - row < ROWS ? p->m - row : ROWS;
        tm_tensor_bytes(t->type, true, (uint64_t[]){p->k, n, 1, 1}, &bytes);
        if (!grow(c, &c->scales, &c->scales_room, 4 * n * p->k) || !grow(c, &c->out, &c->out_room, bytes) ||
            !c->source->floats(c->source->ctx, p, row, n, c->scales, c->err))
            return false;
        const char *why = tm_encode_floats(c->out, t->type, c->scales, n, p->k);
        if (why)
            return tm_fail(c->err, "%s: tensor \"%s\": %s", c->source->path, p->name, why);
        if (!tm_writer_data(c->w, c->f, c->out, bytes))
            return tm_fail(c->err, "output: space for the model was expected, found none");
    }
    return true;
}

static bool write_target(conversion *c, target *t) {
    bool good = true;
    if (t->gone)
        return true;
    if (t->part->kind == TM_PART_FLOATS)
        return write_floats(c, t);
    if (t->part->kind == TM_PART_BYTES)
        good = tm_writer_data(c->w, c->f, c->source->raw(c->source->ctx, t->part), t->bytes);
    else if (!encode(c, t))
        return false;
    else {
        const float factor = t->factor * t->scale;
        good = tm_writer_data(c->w, c->f, c->out, t->bytes) &&
               (t->factor == 1 || tm_writer_data(c->w, c->f, &factor, 4));
    }
    return good || tm_fail(c->err, "output: space for the model was expected, found none");
}

bool tm_convert_write(FILE *f, tm_writer *w, const tm_source *source, const tm_conversion *how, tm_error *err) {
    conversion c = {.f = f, .w = w, .source = source, .err = err};
    uint32_t weights = 0, head = 0;
    bool good = (!how->weights || tm_weights_of_name(how->weights, &weights) ||
                 tm_fail(err, "--type: a type of ternary weights was expected, found \"%s\"", how->weights)) &&
                (!how->head || tm_head_of_name(how->head, &head) ||
                 tm_fail(err, "--head: f32, f16, bf16, q8_0 or q6_k was expected, found \"%s\"", how->head));
    c.targets = calloc(source->n + 1, sizeof *c.targets);
    good = good && (c.targets || tm_fail(err, "%s: no memory", source->path));
    for (size_t i = 0; good && i < source->n; i++)
        good = plan(&c, &c.targets[i], &source->parts[i], weights, head);
    for (size_t i = 0; good && i < source->n; i++)
        good = join_scales(&c, &c.targets[i]);
    for (size_t i = 0; good && i < source->n; i++)
        good = put(&c, &c.targets[i]);
    for (size_t i = 0; good && i < source->n; i++)
        if (tm_is_projection(tm_str_of(source->parts[i].name))) {
            good = tm_put_file_type(w, c.targets[i].type) || tm_fail(err, "%s: no memory", source->path);
            break;
        }
    good =
        good && (tm_writer_begin(w, f) || tm_fail(err, "output: space for the model was expected, found none"));
    for (size_t i = 0; good && i < source->n; i++)
        good = write_target(&c, &c.targets[i]);
    free(c.targets);
    free(c.values);
    free(c.scales);
    free(c.out);
    return good;
}

/* ---- GGUF ------------------------------------------------------------------------------------------------ */
typedef struct gguf_source {
    const tm_gguf *g;
    tm_reading reading;
} gguf_source;

static bool gguf_ternary(void *ctx, const tm_source_part *p, int8_t *w, float *scales, tm_error *err) {
    const gguf_source *s = ctx;
    return tm_ternary_values(s->g, &s->g->tensors[p->index], s->reading, w, scales, err);
}

static bool gguf_floats(void *ctx, const tm_source_part *p, size_t row, size_t rows, float *x, tm_error *err) {
    const gguf_source *s = ctx;
    const tm_tensor *t = &s->g->tensors[p->index];
    const tk_type *type = tk_type_find(t->type);
    for (size_t i = 0; i < rows; i++)
        if (!type || !tk_embed(x + i * p->k, type, t->data, t->ne[1], p->k, row + i))
            return tm_fail(err, "%s: tensor \"%s\": a type that dequantises was expected, found %s", s->g->path,
                           p->name, tm_tensor_type_name(t->type, tm_gguf_is_bitnet(s->g)));
    return true;
}

static const uint8_t *gguf_raw(void *ctx, const tm_source_part *p) {
    return ((const gguf_source *)ctx)->g->tensors[p->index].data;
}

static bool is_head(tm_str name) {
    return tm_str_is(name, "token_embd.weight") || tm_str_is(name, "output.weight");
}

static bool gguf_parts(const tm_gguf *g, const tm_conversion *how, tm_source_part *parts, tm_error *err) {
    for (size_t i = 0; i < g->ntensors; i++) {
        const tm_tensor *t = &g->tensors[i];
        tm_source_part *p = &parts[i];
        *p = (tm_source_part){.kind = TM_PART_BYTES,
                              .m = t->ne[1],
                              .k = t->ne[0],
                              .type = t->type,
                              .dims = t->dims,
                              .bytes = t->bytes,
                              .index = i};
        memcpy(p->name, t->name.p, t->name.n);
        memcpy(p->ne, t->ne, sizeof p->ne);
        if (!t->data)
            return tm_fail(err, "%s: tensor \"%s\": readable data was expected, found %s", g->path, p->name,
                           t->why);
        if (how->weights && tm_is_projection(t->name))
            p->kind = TM_PART_TERNARY;
        else if (how->head && is_head(t->name))
            p->kind = TM_PART_FLOATS;
    }
    return true;
}

/* All keys but those that describe the bytes of this one file. */
static bool copy_keys(const tm_gguf *g, tm_writer *w) {
    bool good = tm_put_u32(w, "general.alignment", TM_FILE_ALIGNMENT);
    for (size_t i = 0; good && i < g->nkv; i++)
        if (!tm_str_is(g->kv[i].key, "general.alignment") && !tm_str_is(g->kv[i].key, "general.file_type"))
            good = tm_put_value(w, g->kv[i].key, &g->kv[i].value);
    return good;
}

bool tm_convert_gguf(FILE *f, const tm_gguf *g, const tm_conversion *how, tm_error *err) {
    gguf_source s = {g, how->reading};
    tm_source source = {.path = g->path,
                        .bitnet = tm_gguf_is_bitnet(g),
                        .ctx = &s,
                        .parts = calloc(g->ntensors + 1, sizeof(tm_source_part)),
                        .n = g->ntensors,
                        .ternary = gguf_ternary,
                        .floats = gguf_floats,
                        .raw = gguf_raw};
    tm_writer *w = tm_writer_new(TM_FILE_ALIGNMENT);
    bool good = (w && source.parts && copy_keys(g, w)) ||
                tm_fail(err, "%s: keys that can be written were expected, found others", g->path);
    good = good && gguf_parts(g, how, source.parts, err) && tm_convert_write(f, w, &source, how, err);
    tm_writer_free(w);
    free(source.parts);
    return good;
}
