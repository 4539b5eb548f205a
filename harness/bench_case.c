/* bench_case.c: the variants and buffers of one bench case.
 *
 * Hot: the same buffers again. Cold: instances in the arena are used in turn, so that nothing is read twice
 * before 4x the last-level cache has gone by: for packed weights only the weights rotate
 * (activations stay warm, as in decoding); for ops without packed weights every array rotates.
 */
#include "harness/bench.h"
#include "kernels/registry.h"

#include <stdlib.h>
#include <string.h>

const char *const tl_phase_names[TL_PHASES] = {"run", "prepare", "pack"};

static size_t round_up(size_t n) { /* 64 for alignment; an odd number of lines, so that copies do not alias */
    return ((n + 63) / 64 | 1) * 64;
}

/* Do packed weights rotate, and nothing else? */
static bool packed(const tl_bench_case *b) {
    return b->share[0].layout != NULL;
}

static bool rotates(const tl_bench_case *b, const tl_array_spec *s) {
    return packed(b) ? s->role == TL_WEIGHT : true;
}

static size_t array_bytes(const tl_bench_case *b, const tl_array_spec *s) {
    return s->count(b->shape) * tl_type_size(s->type);
}

static bool add(tl_bench_case *b, const tk_kernel *k, tl_phase phase) {
    if (b->entries == TL_MAX_ENTRIES) {
        tl_bad("bench", "at most %d variants and phases of %s were expected, found more", TL_MAX_ENTRIES,
               b->op->name);
        return false;
    }
    b->entry[b->entries++] = (tl_entry){.kernel = k, .phase = phase, .generic = -1, .autovec = -1, .calls = 1};
    return true;
}

/* Is this the baseline of some selected variant of the op? Baselines are timed even when not selected. */
static bool wanted(const tl_bench_setup *s, const tl_op *op, const tk_kernel *k) {
    const bool baseline = !strcmp(k->isa->name, "generic") || (k->flags & TK_AUTOVEC);
    if (strcmp(k->op, op->name))
        return false;
    if (s->no_baselines)
        return !baseline && tl_selected(s->sel, k);
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
            if (b->entry[i].phase != b->entry[j].phase || strcmp(k->format, base->format))
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

/* The share of a layout; NULL if there is none. */
static struct tl_share *share_of(tl_bench_case *b, const tk_layout *l) {
    for (int i = 0; i < b->shares; i++)
        if (b->share[i].layout == l)
            return &b->share[i];
    return NULL;
}

static bool add_kernel(tl_bench_case *b, const tk_kernel *k) {
    const tl_bench_setup *s = b->setup;
    bool good = true;
    if (s->phase[TL_RUN])
        good &= add(b, k, TL_RUN);
    const bool prepares = k->prepare || (k->layout && quant_for(b->shape));
    if (s->phase[TL_PREPARE] && prepares && !b->cold && !(k->flags & TK_AUTOVEC))
        good &= add(b, k, TL_PREPARE);
    if (share_of(b, k->layout) || b->shares == TL_MAX_LAYOUTS)
        return good;
    b->share[b->shares++].layout = k->layout;
    /* Packing belongs to the layout, not to a variant: once. */
    if (s->phase[TL_PACK] && k->layout && !b->cold && b->threads == 1)
        good &= add(b, k, TL_PACK);
    return good;
}

bool tl_bench_plan(tl_bench_case *b, const tl_bench_setup *s, const tl_op *op, const char *format,
                   tk_shape shape, const char *label, unsigned threads, tk_pool *pool, bool cold) {
    size_t n;
    const tk_kernel *const *k = tk_kernels(&n);
    bool good = true;
    *b = (tl_bench_case){
        .setup = s, .op = op, .format = format, .shape = shape, .threads = threads, .pool = pool, .cold = cold};
    snprintf(b->label, sizeof b->label, "%s", label);
    for (size_t i = 0; i < n && good; i++) {
        if (!wanted(s, op, k[i]) || (format && strcmp(k[i]->format, format)) ||
            tk_isa_state_of(k[i]->isa) != TK_ISA_OK)
            continue;
        const char *refused = tk_kernel_refuses(k[i], shape);
        if (refused)
            b->refused = refused;
        else
            good &= add_kernel(b, k[i]);
    }
    if (b->entries)
        b->refused = NULL;
    tl_bench_relink(b);
    return good;
}

/* Lays the arrays out one after the other, offsets by array index: without the weights if those are packed.
 * Never a power of two apart: input and output would meet in the same sets of the L1, and then it is chance
 * (Zen guesses the way by a hash of the address) whether a process takes 21 us or 40 for the same softmax. */
enum { STAGGER = 17 * 64 };
static size_t arrays_layout(const tl_bench_case *b, size_t *offset) {
    size_t at = 0;
    for (int i = 0; i < b->op->narrays; i++) {
        const tl_array_spec *s = &b->op->arrays[i];
        if (packed(b) && s->role == TL_WEIGHT)
            continue;
        offset[i] = at;
        at += round_up(array_bytes(b, s)) + STAGGER;
    }
    return at;
}

static void fill_arrays(const tl_bench_case *b, uint8_t *to, const size_t *offset) {
    for (int i = 0; i < b->op->narrays; i++) {
        const tl_array_spec *s = &b->op->arrays[i];
        if (s->role != TL_OUT && !(packed(b) && s->role == TL_WEIGHT))
            memcpy(to + offset[i], b->data->data[i], array_bytes(b, s));
    }
}

/* Where a share's hot instance lies behind the arrays. */
static size_t hot_at(const tl_bench_case *b, const struct tl_share *s) {
    size_t offset[TL_MAX_ARRAYS], at = arrays_layout(b, offset);
    for (const struct tl_share *i = b->share; i < s; i++)
        at += i->bytes;
    return at;
}

tk_args tl_bench_args(tl_bench_case *b, const tl_entry *e, bool cold) {
    tk_args a = {.shape = b->shape, .begin = 0, .end = b->op->extent(b->shape), .scratch = e->scratch};
    size_t offset[TL_MAX_ARRAYS] = {0};
    arrays_layout(b, offset);
    struct tl_share *s = share_of(b, e->kernel->layout);
    uint8_t *instance = NULL;
    if (cold && s) {
        instance = b->setup->arena->base + s->at + s->next * s->bytes;
        s->next = (s->next + 1) % s->instances;
    }
    for (int i = 0; i < b->op->narrays; i++) {
        const tl_array_spec *spec = &b->op->arrays[i];
        uint8_t *at = b->hot + offset[i];
        if (packed(b) && spec->role == TL_WEIGHT)
            at = instance ? instance : b->hot + hot_at(b, s);
        else if (instance && !packed(b))
            at = instance + offset[i];
        *(void **)(void *)((char *)&a + spec->field) = at;
    }
    return a;
}

static void *weights(const tl_bench_case *b) {
    for (int i = 0; i < b->op->narrays; i++)
        if (b->op->arrays[i].role == TL_WEIGHT)
            return b->data->data[i];
    return NULL;
}

/* Bytes of an instance of a share. */
static size_t instance_bytes(const tl_bench_case *b, const struct tl_share *s) {
    size_t offset[TL_MAX_ARRAYS];
    return s->layout ? round_up(s->layout->size(b->shape)) : arrays_layout(b, offset);
}

size_t tl_bench_arena_bytes(const tl_bench_case *cases, size_t n, size_t rotate, size_t limit) {
    size_t most = rotate;
    for (const tl_bench_case *b = cases; b < cases + n; b++) {
        size_t largest = 0;
        for (int i = 0; b->cold && i < b->shares; i++) {
            const size_t bytes = instance_bytes(b, &b->share[i]);
            largest = bytes > largest ? bytes : largest;
        }
        const size_t n_shares = (size_t)b->shares, least = 2 * n_shares * largest,
                     wanted = n_shares * (largest + (rotate > largest ? rotate : largest)),
                     room = wanted < limit ? wanted : limit;
        most = room > most && room >= least ? room : most;
    }
    return most;
}

/* Cuts the arena into one share for each layout and fills all instances. */
static bool make_cold(tl_bench_case *b, const size_t *offset) {
    const size_t room = b->setup->arena->bytes / (size_t)b->shares / 64 * 64;
    for (int i = 0; i < b->shares; i++) {
        struct tl_share *s = &b->share[i];
        uint8_t *first = b->setup->arena->base + (size_t)i * room;
        s->at = (size_t)i * room;
        s->instances = room / s->bytes;
        if (s->instances < 2)
            return false;
        if (s->layout)
            s->layout->pack(first, weights(b), b->shape);
        else
            fill_arrays(b, first, offset);
        for (size_t j = 1; j < s->instances; j++)
            memcpy(first + j * s->bytes, first, s->bytes);
    }
    return true;
}

static bool make_buffers(tl_bench_case *b) {
    size_t offset[TL_MAX_ARRAYS] = {0}, at = arrays_layout(b, offset);
    b->hot_bytes = at;
    for (int i = 0; i < b->shares; i++) {
        b->share[i].bytes = instance_bytes(b, &b->share[i]);
        b->hot_bytes += b->share[i].layout ? b->share[i].bytes : 0;
    }
    b->hot = tl_pages(b->hot_bytes, true);
    if (!b->hot)
        return false;
    fill_arrays(b, b->hot, offset);
    for (int i = 0; i < b->shares; i++)
        if (b->share[i].layout)
            b->share[i].layout->pack(b->hot + hot_at(b, &b->share[i]), weights(b), b->shape);
    for (int i = 0; i < b->entries; i++) {
        const tk_kernel *k = b->entry[i].kernel;
        size_t bytes = k->scratch ? k->scratch(b->shape) : 0;
        b->entry[i].scratch = aligned_alloc(64, bytes / 64 * 64 + 64);
        b->entry[i].ns = calloc(b->setup->max_blocks, sizeof(double));
        b->entry[i].switched = calloc(b->setup->max_blocks, sizeof(bool));
        if (!b->entry[i].scratch || !b->entry[i].ns || !b->entry[i].switched)
            return false;
    }
    if (b->setup->noise && !(b->span = calloc(b->setup->max_blocks, sizeof *b->span)))
        return false;
    return !b->cold || make_cold(b, offset);
}

void *tl_bench_array(const tl_bench_case *b, size_t field) {
    for (int i = 0; i < b->op->narrays; i++)
        if (b->op->arrays[i].field == field)
            return b->data->data[i];
    return NULL;
}

double tl_bench_bytes(const tl_bench_case *b, const tk_layout *l) {
    double bytes = b->op->bytes(b->shape, l);
    for (int i = 0; i < b->op->narrays && b->cold; i++)
        if (!rotates(b, &b->op->arrays[i]))
            bytes -= (double)array_bytes(b, &b->op->arrays[i]);
    return bytes;
}

/* Of the layout with the fewest bytes: its roof is the highest, so no share is flattered. */
static double least_bytes(const tl_bench_case *b) {
    double least = tl_bench_bytes(b, b->share[0].layout);
    for (int i = 1; i < b->shares; i++) {
        const double bytes = tl_bench_bytes(b, b->share[i].layout);
        least = bytes < least ? bytes : least;
    }
    return least;
}

static bool make_activations(tl_bench_case *b) {
    size_t count = b->shape.n * b->shape.k;
    if (!packed(b))
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
    if (!b->setup->inputs)
        tl_case_free(b->data);
    b->data = NULL;
}

/* The clock, the neighbours and the share of a common cache drift: a case is placed against the roofs of its
 * own minute, for the working set that it has. */
static bool roofs_now(tl_bench_case *b) {
    if (!b->setup->roofs)
        return true;
    double bytes = least_bytes(b);
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

/* A layout that does not hold every ternary matrix: all formats of the case get weights that it holds. */
static void suit_weights(const tl_bench_case *b) {
    for (int i = 0; i < b->shares; i++)
        if (b->share[i].layout && b->share[i].layout->suit) {
            b->share[i].layout->suit(weights(b), b->shape);
            b->op->oracle(b->data);
        }
}

bool tl_bench_open(tl_bench_case *b) {
    tl_rng_seed(&b->rng, b->setup->seed);
    b->data = b->setup->inputs ? b->setup->inputs : tl_case_of_shape(b->op, b->shape, b->setup->seed);
    if (b->data && !b->setup->inputs)
        suit_weights(b);
    if (!b->data || !make_activations(b) || !make_buffers(b) || !roofs_now(b)) {
        tl_bad("bench", "memory for %s %zux%zu was expected, found too little", b->op->name, b->shape.m,
               b->shape.k);
        release(b);
        tl_bench_forget(b);
        return false;
    }
    /* What prepare leaves must be there before any run is timed. */
    for (int i = 0; i < b->entries; i++) {
        tk_args a = tl_bench_args(b, &b->entry[i], false);
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
    const tk_args a = tl_bench_args(b, e, b->cold);
    for (int i = 0; i < b->op->narrays; i++) {
        const tl_array_spec *s = &b->op->arrays[i];
        if (s->role == TL_OUT)
            memset(*(void *const *)(const void *)((const char *)&a + s->field), 0xa5,
                   s->count(b->shape) * tl_type_size(s->type));
    }
    tl_bench_call(b, e, &a);
    e->wrong = !answer_right(b, &a);
}

/* Is a variant beyond its roof, the neighbours may have slowed that before and after: it is the best of some
 * more seconds then. */
static void roofs_in_doubt(tl_bench_case *b) {
    enum { SECONDS = 5 };
    bool doubt = b->setup->roofs;
    for (const double start = tl_seconds(); doubt && tl_seconds() < start + SECONDS;) {
        doubt = false;
        for (int i = 0; i < b->entries && !doubt; i++)
            doubt = tl_bench_beyond_roof(b, &b->entry[i]);
        if (doubt && !roofs_now(b))
            return;
    }
}

void tl_bench_close(tl_bench_case *b) {
    roofs_now(b);
    roofs_in_doubt(b);
    for (int i = 0; i < b->entries; i++)
        if (b->entry[i].phase == TL_RUN && b->hot && !b->setup->inputs)
            recheck(b, &b->entry[i]);
    release(b);
}

void tl_bench_forget(tl_bench_case *b) {
    for (int i = 0; i < b->entries; i++) {
        free(b->entry[i].ns);
        free(b->entry[i].switched);
        b->entry[i].ns = NULL;
        b->entry[i].switched = NULL;
    }
    free(b->span);
    b->span = NULL;
}
