/* bench_case.c: the variants and buffers of one bench case.
 *
 * Hot: the same buffers again. Cold: instances in the arena are used in turn, all variants from one cursor, so
 * that nothing is read twice before the whole arena (4x the last-level cache) has gone by: for packed weights
 * only the weights rotate (activations stay warm, as in decoding); for ops without packed weights every array
 * rotates.
 */
#include "harness/bench.h"
#include "kernels/registry.h"

#include <stdlib.h>
#include <string.h>

const char *const tl_phase_names[TL_PHASES] = {"run", "prepare", "pack"};

static size_t round_up(size_t n) { /* 64 for alignment; an odd number of lines, so that copies do not alias */
    return ((n + 63) / 64 | 1) * 64;
}

static const tk_layout *layout_of(const tl_bench_case *b) {
    for (int i = 0; i < b->entries; i++)
        if (b->entry[i].kernel->layout)
            return b->entry[i].kernel->layout;
    return NULL;
}

static bool rotates(const tl_bench_case *b, const tl_array_spec *s) {
    return layout_of(b) ? s->role == TL_WEIGHT : true;
}

static size_t array_bytes(const tl_bench_case *b, const tl_array_spec *s) {
    const tk_layout *l = layout_of(b);
    return s->role == TL_WEIGHT && l ? l->size(b->shape) : s->count(b->shape) * tl_type_size(s->type);
}

static bool add(tl_bench_case *b, const tk_kernel *k, tl_phase phase) {
    if (b->entries == TL_MAX_ENTRIES) {
        tl_bad("bench", "at most %d variants and phases of %s %s were expected, found more", TL_MAX_ENTRIES,
               b->op->name, b->format);
        return false;
    }
    b->entry[b->entries++] = (tl_entry){.kernel = k, .phase = phase, .generic = -1, .autovec = -1, .calls = 1};
    return true;
}

/* Is this the baseline of some selected variant of the op? Baselines are timed even when not selected. */
static bool wanted(const tl_bench_setup *s, const tl_op *op, const tk_kernel *k) {
    if (strcmp(k->op, op->name))
        return false;
    if (tl_selected(s->sel, k))
        return true;
    size_t n;
    const tk_kernel *const *all = tk_kernels(&n);
    for (size_t i = 0; i < n; i++)
        if (tl_selected(s->sel, all[i]) && !strcmp(all[i]->op, k->op) && !strcmp(all[i]->format, k->format) &&
            (!strcmp(k->isa->name, "generic") || ((k->flags & TK_AUTOVEC) && k->isa == all[i]->isa)))
            return true;
    return false;
}

void tl_bench_relink(tl_bench_case *b) {
    for (int i = 0; i < b->entries; i++)
        b->entry[i].generic = b->entry[i].autovec = -1;
    for (int i = 0; i < b->entries; i++)
        for (int j = 0; j < b->entries; j++) {
            const tk_kernel *k = b->entry[i].kernel, *base = b->entry[j].kernel;
            if (b->entry[i].phase != b->entry[j].phase)
                continue;
            if (!strcmp(base->isa->name, "generic"))
                b->entry[i].generic = j;
            if ((base->flags & TK_AUTOVEC) && base->isa == k->isa)
                b->entry[i].autovec = j;
        }
}

/* What quantises the activations of a product of this shape; NULL if nothing does. */
static const tk_kernel *quant_for(tk_shape s) {
    return tk_dispatch("quant_a8", NULL, (tk_shape){1, s.k, s.n}, NULL);
}

bool tl_bench_plan(tl_bench_case *b, const tl_bench_setup *s, const tl_op *op, const char *format,
                   tk_shape shape, const char *label, unsigned threads, tk_pool *pool, bool cold) {
    size_t n;
    const tk_kernel *const *k = tk_kernels(&n), *packer = NULL;
    bool good = true;
    *b = (tl_bench_case){
        .setup = s, .op = op, .format = format, .shape = shape, .threads = threads, .pool = pool, .cold = cold};
    snprintf(b->label, sizeof b->label, "%s", label);
    for (size_t i = 0; i < n && good; i++) {
        if (!wanted(s, op, k[i]) || strcmp(k[i]->format, format) || tk_isa_state_of(k[i]->isa) != TK_ISA_OK)
            continue;
        const char *refused = tk_kernel_refuses(k[i], shape);
        if (refused) {
            b->refused = refused;
            continue;
        }
        if (s->phase[TL_RUN])
            good &= add(b, k[i], TL_RUN);
        bool prepares = k[i]->prepare || (k[i]->layout && quant_for(shape));
        if (s->phase[TL_PREPARE] && prepares && !cold && !(k[i]->flags & TK_AUTOVEC))
            good &= add(b, k[i], TL_PREPARE);
        if (k[i]->layout && (!packer || !strcmp(k[i]->isa->name, "generic")))
            packer = k[i];
    }
    /* Packing belongs to the layout, not to a variant: once. */
    if (s->phase[TL_PACK] && packer && !cold && threads == 1)
        good &= add(b, packer, TL_PACK);
    if (b->entries)
        b->refused = NULL;
    tl_bench_relink(b);
    return good;
}

/* Lays the arrays of an instance out one after the other; offsets by array index. */
static size_t instance_layout(const tl_bench_case *b, size_t *offset, bool rotating_only) {
    size_t at = 0;
    for (int i = 0; i < b->op->narrays; i++) {
        const tl_array_spec *s = &b->op->arrays[i];
        if (rotating_only && !rotates(b, s))
            continue;
        offset[i] = at;
        at += round_up(array_bytes(b, s));
    }
    return at;
}

static void fill_instance(const tl_bench_case *b, uint8_t *to, const size_t *offset, bool rotating_only) {
    const tk_layout *l = layout_of(b);
    for (int i = 0; i < b->op->narrays; i++) {
        const tl_array_spec *s = &b->op->arrays[i];
        if (rotating_only && !rotates(b, s))
            continue;
        if (s->role == TL_WEIGHT && l)
            l->pack(to + offset[i], b->data->data[i], b->shape);
        else if (s->role != TL_OUT)
            memcpy(to + offset[i], b->data->data[i], array_bytes(b, s));
    }
}

tk_args tl_bench_args(const tl_bench_case *b, const tl_entry *e, long instance) {
    tk_args a = {.shape = b->shape, .begin = 0, .end = b->op->extent(b->shape), .scratch = e->scratch};
    size_t hot[TL_MAX_ARRAYS] = {0}, turning[TL_MAX_ARRAYS] = {0};
    instance_layout(b, hot, false);
    instance_layout(b, turning, true);
    for (int i = 0; i < b->op->narrays; i++) {
        const tl_array_spec *s = &b->op->arrays[i];
        uint8_t *at = instance >= 0 && rotates(b, s)
                          ? b->setup->arena->base + (size_t)instance * b->instance_bytes + turning[i]
                          : b->hot + hot[i];
        *(void **)(void *)((char *)&a + s->field) = at;
    }
    return a;
}

static bool make_buffers(tl_bench_case *b) {
    size_t offset[TL_MAX_ARRAYS] = {0};
    b->hot_bytes = instance_layout(b, offset, false);
    b->hot = tl_pages(b->hot_bytes, true);
    if (!b->hot)
        return false;
    fill_instance(b, b->hot, offset, false);
    for (int i = 0; i < b->entries; i++) {
        const tk_kernel *k = b->entry[i].kernel;
        size_t bytes = k->scratch ? k->scratch(b->shape) : 0;
        b->entry[i].scratch = aligned_alloc(64, bytes / 64 * 64 + 64);
        b->entry[i].ns = calloc(b->setup->max_blocks, sizeof(double));
        if (!b->entry[i].scratch || !b->entry[i].ns)
            return false;
    }
    if (!b->cold)
        return true;
    b->instance_bytes = instance_layout(b, offset, true);
    b->instances = b->setup->arena->bytes / b->instance_bytes;
    if (b->instances < 2)
        return false;
    fill_instance(b, b->setup->arena->base, offset, true);
    for (size_t i = 1; i < b->instances; i++)
        memcpy(b->setup->arena->base + i * b->instance_bytes, b->setup->arena->base, b->instance_bytes);
    return true;
}

void *tl_bench_array(const tl_bench_case *b, size_t field) {
    for (int i = 0; i < b->op->narrays; i++)
        if (b->op->arrays[i].field == field)
            return b->data->data[i];
    return NULL;
}

double tl_bench_bytes(const tl_bench_case *b) {
    double bytes = b->op->bytes(b->shape, layout_of(b));
    for (int i = 0; i < b->op->narrays && b->cold; i++)
        if (!rotates(b, &b->op->arrays[i]))
            bytes -= (double)array_bytes(b, &b->op->arrays[i]);
    return bytes;
}

static bool make_activations(tl_bench_case *b) {
    size_t count = b->shape.n * b->shape.k;
    if (!layout_of(b))
        return true;
    b->quant = quant_for(b->shape);
    b->x_f32 = malloc(count * sizeof(float));
    b->x_scale = malloc(b->shape.n * sizeof(float));
    if (b->x_f32)
        tl_fill_floats(b->x_f32, count, 0, &b->rng);
    return b->x_f32 && b->x_scale;
}

static void release(tl_bench_case *b) {
    for (int i = 0; i < b->entries; i++) {
        free(b->entry[i].scratch);
        b->entry[i].scratch = NULL;
    }
    tl_pages_free(b->hot, b->hot_bytes);
    b->hot = NULL;
    free(b->x_f32);
    free(b->x_scale);
    b->x_f32 = b->x_scale = NULL;
    tl_case_free(b->data);
    b->data = NULL;
}

/* The clock, the neighbours and the share of a common cache drift: a case is placed against the roofs of its
 * own minute, for the working set that it has. */
static bool roofs_now(tl_bench_case *b) {
    if (!b->setup->roofs)
        return true;
    double bytes = tl_bench_bytes(b);
    size_t least = (size_t)16384 * b->threads, set = (size_t)bytes > least ? (size_t)bytes : least;
    uint8_t *own = b->cold ? NULL : tl_pages(set, true);
    if (b->cold)
        tl_roofs_now(b->pool, b->setup->arena->base, b->setup->arena->bytes, true, b->op->integer_ops,
                     &b->read_roof, &b->peak, &b->tile_peak);
    else if (own)
        tl_roofs_now(b->pool, own, set, false, b->op->integer_ops, &b->read_roof, &b->peak, &b->tile_peak);
    tl_pages_free(own, set);
    return b->cold || own;
}

bool tl_bench_open(tl_bench_case *b) {
    tl_rng_seed(&b->rng, b->setup->seed);
    b->data = tl_case_of_shape(b->op, b->shape, b->setup->seed);
    if (!b->data || !make_activations(b) || !make_buffers(b) || !roofs_now(b)) {
        tl_bad("bench", "memory for %s %zux%zu was expected, found too little", b->op->name, b->shape.m,
               b->shape.k);
        release(b);
        tl_bench_forget(b);
        return false;
    }
    /* What prepare leaves must be there before any run is timed. */
    for (int i = 0; i < b->entries; i++) {
        tk_args a = tl_bench_args(b, &b->entry[i], -1);
        tk_pool_kernel(b->pool, b->entry[i].kernel, &a, a.end, true, false);
    }
    b->started = tl_seconds();
    return true;
}

/* The outputs in these arrays against the oracle's. */
static bool answer_right(const tl_bench_case *b, const tk_args *a) {
    for (int i = 0; i < b->op->narrays; i++) {
        const tl_array_spec *s = &b->op->arrays[i];
        const void *found = *(void *const *)(const void *)((const char *)a + s->field);
        if (s->role == TL_OUT && tl_compare(s, b->data->data[i], found, s->count(b->shape)) >= 0)
            return false;
    }
    return true;
}

/* Variants share output buffers, so each one calls once more on the buffers it was timed on, over a poison. */
static void recheck(tl_bench_case *b, tl_entry *e) {
    long instance = b->cold ? (long)b->next : -1;
    tk_args a = tl_bench_args(b, e, instance);
    for (int i = 0; i < b->op->narrays; i++) {
        const tl_array_spec *s = &b->op->arrays[i];
        if (s->role == TL_OUT)
            memset(*(void **)(void *)((char *)&a + s->field), 0xa5, s->count(b->shape) * tl_type_size(s->type));
    }
    tl_bench_call(b, e, instance);
    if (b->cold)
        b->next = (b->next + 1) % b->instances;
    e->wrong = !answer_right(b, &a);
}

void tl_bench_close(tl_bench_case *b) {
    roofs_now(b);
    for (int i = 0; i < b->entries; i++)
        if (b->entry[i].phase == TL_RUN && b->hot)
            recheck(b, &b->entry[i]);
    release(b);
}

void tl_bench_forget(tl_bench_case *b) {
    for (int i = 0; i < b->entries; i++) {
        free(b->entry[i].ns);
        b->entry[i].ns = NULL;
    }
}
