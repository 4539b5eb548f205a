/* session.c: models loaded and run from C.
 *   session bits FILE       the same logits and greedy tokens for every layout, ISA mask, variant, thread
 * count, pass session threads FILE    sessions of several threads, two at once; the thread sanitizer watches
 *   session race            threads that do race: the sanitizer must see it
 *   session memory FILE     what loading and a first token read and allocate
 *   session truncated FILE  a file that ends after any byte of its header is refused in one line
 *   session builtin FILE    the built-in model is this file: its bytes, and the same logits
 *   session builtin         what is said of it where there is none, or a damaged one
 *   session b3              bytes of the 2B-4T's matrices in B3 */
#include "models/session.h"
#include "dequant/dequant.h"
#include "models/builtin.h"
#include "models/encode.h"
#include "models/synth.h"
#include "pool.h"
#include "registry.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHECK(is, ...)                                                                                         \
    do {                                                                                                       \
        if (!(is)) {                                                                                           \
            fprintf(stderr, __VA_ARGS__);                                                                      \
            fprintf(stderr, " (%s)\n", #is);                                                                   \
            exit(1);                                                                                           \
        }                                                                                                      \
    } while (0)

enum { PROMPT = 17, GREEDY = 64 };

static tm_model *load(const char *path, const char *repack, bool large_pages) {
    tm_error err;
    tm_model *m = tm_model_load(
        path, &(tm_model_options){.repack = repack, .reading = {.large_pages = large_pages}}, &err);
    CHECK(m, "%s", err.text);
    return m;
}

/* ---- the same bits --------------------------------------------------------------------------------------- */
typedef struct answer {
    uint32_t vocab, tokens[GREEDY];
    float *logits; /* [PROMPT + GREEDY - 1][vocab] */
} answer;

static void answer_new(answer *a, uint32_t vocab) {
    a->vocab = vocab;
    a->logits = malloc((PROMPT + GREEDY) * (size_t)vocab * sizeof *a->logits);
    CHECK(a->logits, "memory");
}

static uint32_t largest(const float *x, uint32_t n) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < n; i++)
        best = x[i] > x[best] ? i : best;
    return best;
}

/* A prompt in passes, then one token after the other. */
static void run(tm_session *s, answer *a) {
    tm_error err;
    tm_item prompt[PROMPT];
    for (uint32_t i = 0; i < PROMPT; i++)
        prompt[i] = (tm_item){(i * 151 + 256) % a->vocab, 0, true};
    tm_session_cut(s, 0, 0);
    CHECK(tm_session_eval(s, prompt, PROMPT, a->logits, &err), "%s", err.text);
    float *row = a->logits + (PROMPT - 1) * (size_t)a->vocab;
    for (size_t i = 0; i < GREEDY; i++, row += a->vocab) {
        a->tokens[i] = largest(row, a->vocab);
        const tm_item next = {a->tokens[i], 0, true};
        if (i + 1 < GREEDY)
            CHECK(tm_session_eval(s, &next, 1, row + a->vocab, &err), "%s", err.text);
    }
}

static bool same(const answer *a, const answer *b) {
    return !memcmp(a->tokens, b->tokens, sizeof a->tokens) &&
           !memcmp(a->logits, b->logits, (PROMPT + GREEDY - 1) * (size_t)a->vocab * sizeof *a->logits);
}

typedef struct used { /* the variants that have run */
    const tk_kernel *k[256];
    size_t n;
} used;

static bool has(const used *u, const char *name) {
    for (size_t i = 0; i < u->n; i++)
        if (!strcmp(u->k[i]->name, name))
            return true;
    return false;
}

static void mark(used *u, const char *name) {
    if (!has(u, name) && u->n < sizeof u->k / sizeof *u->k)
        u->k[u->n++] = tk_kernel_find(name);
}

typedef struct trial {
    const answer *want;
    answer got;
    used used;
    size_t runs;
    unsigned turn;
} trial;

static void try(trial *t, const tm_model *m, const char *how, tm_session_options o) {
    tm_error err;
    tm_session *s = tm_session_new(m, &o, &err);
    CHECK(s, "%s", err.text);
    run(s, &t->got);
    CHECK(same(&t->got, t->want),
          "%s, %s, %u threads, passes of %u, %s and %s: other bits than generic C's were found",
          m->layers[0].q.layout->name, how, o.threads, o.pass, tm_session_kernel(s, false),
          tm_session_kernel(s, true));
    mark(&t->used, tm_session_kernel(s, false));
    mark(&t->used, tm_session_kernel(s, true));
    t->runs++;
    tm_session_free(s);
}

static const uint32_t passes[] = {7, PROMPT, 1};

/* Every ISA row alone and with all below it, threads and passes taking turns. */
static void try_masks(trial *t, const tm_model *m) {
    size_t n;
    const tk_isa *const *isas = tk_isas(&n);
    char list[256] = "";
    for (size_t i = 0; i < n; i++) {
        if (!tk_isa_present(isas[i]))
            continue;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", *list ? "," : "", isas[i]->name);
        for (int alone = 0; alone < 2; alone++, t->turn++) {
            const char *mask = alone ? isas[i]->name : list;
            CHECK(!tk_isa_mask(mask), "%s", mask);
            try(t, m, mask, (tm_session_options){.threads = 1 + t->turn % 3, .pass = passes[t->turn % 2]});
        }
    }
    tk_isa_mask(NULL);
}

/* What dispatch picks, with every thread count and every size of a pass; three layouts together meet all pairs.
 */
static void try_splits(trial *t, const tm_model *m, unsigned shift) {
    for (unsigned i = 0; i < 3; i++)
        try(t, m, "no mask", (tm_session_options){.threads = 1 + (i + shift) % 3, .pass = passes[i]});
}

/* Is it a variant of this layout that promises exact integers and can run here? */
static bool fits(const tk_kernel *k, const tk_layout *l, const char *op) {
    return k->layout == l && !strcmp(k->op, op) && !tk_kernel_refuses(k, (tk_shape){0});
}

/* Every variant by its name, also the baselines: a gemv for all there is, a gemm with generic C for single
 * tokens. */
static void try_variants(trial *t, const tm_model *m) {
    size_t n;
    const tk_kernel *const *all = tk_kernels(&n);
    const tk_layout *l = m->layers[0].q.layout;
    char glob[160];
    for (size_t i = 0; i < n; i++) {
        if (fits(all[i], l, "gemv"))
            snprintf(glob, sizeof glob, "%s", all[i]->name);
        else if (fits(all[i], l, "gemm"))
            snprintf(glob, sizeof glob, "@(gemv_*__generic|%s)", all[i]->name);
        else
            continue;
        try(t, m, glob, (tm_session_options){.threads = 1 + t->turn++ % 3, .pass = 7, .kernels = glob});
        CHECK(has(&t->used, all[i]->name), "%s can run here and was expected to run, it never did",
              all[i]->name);
    }
}

/* The layouts of gemv variants that a model can be repacked into, each once. STQ1_0 holds only matrices with
 * one zero in every four weights. */
static size_t find_layouts(const tk_layout **to, size_t most) {
    size_t n, count = 0;
    const tk_kernel *const *all = tk_kernels(&n);
    for (size_t i = 0; i < n; i++) {
        const tk_layout *l = strcmp(all[i]->op, "gemv") ? NULL : all[i]->layout;
        if (!l || tm_layout_find(l->name) != l || !strcmp(l->name, "stq1_0") || (count && to[count - 1] == l))
            continue; /* sorted by name: those of a layout lie together */
        CHECK(count < most, "room for layouts");
        to[count++] = l;
    }
    return count;
}

/* Generic C, one thread, a token at a time: what all others are held against. */
static void answer_of_generic(answer *a, const tm_model *m) {
    tm_error err;
    tk_isa_mask("generic");
    tm_session *s = tm_session_new(m, &(tm_session_options){.threads = 1, .pass = 1}, &err);
    CHECK(s, "%s", err.text);
    run(s, a);
    tm_session_free(s);
    tk_isa_mask(NULL);
}

static void bits(const char *path) {
    const tk_layout *layouts[32];
    const size_t n = find_layouts(layouts, sizeof layouts / sizeof *layouts);
    answer want;
    trial t = {.want = &want};
    tm_model *m = load(path, NULL, false);
    answer_new(&want, m->config.vocab);
    answer_new(&t.got, m->config.vocab);
    answer_of_generic(&want, m);
    try_masks(&t, m);
    tm_model_free(m);
    for (size_t i = 0; i < n; i++) {
        m = load(path, layouts[i]->name, false);
        try_splits(&t, m, (unsigned)i);
        try_variants(&t, m);
        tm_model_free(m);
    }
    printf("note: %zu layouts, %zu ways to run, %zu variants, the same %d logits and %d tokens\n", n, t.runs,
           t.used.n, PROMPT + GREEDY - 1, GREEDY);
    free(want.logits);
    free(t.got.logits);
}

/* ---- threads --------------------------------------------------------------------------------------------- */
typedef struct player {
    const tm_model *m;
    unsigned threads;
    tm_cache_type cache;
    answer a;
} player;

static void *play(void *ctx) {
    player *p = ctx;
    tm_error err;
    for (int again = 0; again < 2; again++) {
        tm_session *s = tm_session_new(
            p->m, &(tm_session_options){.threads = p->threads, .pass = 7, .cache = p->cache, .context = 128},
            &err);
        CHECK(s, "%s", err.text);
        run(s, &p->a);
        tm_session_free(s);
    }
    return NULL;
}

static void threads(const char *path) {
    tm_model *m = load(path, NULL, false);
    player p[4] = {{m, 1, TM_CACHE_F16, {0}},
                   {m, 2, TM_CACHE_F16, {0}},
                   {m, 3, TM_CACHE_I8, {0}},
                   {m, 4, TM_CACHE_I8, {0}}};
    for (int i = 0; i < 4; i++) {
        answer_new(&p[i].a, m->config.vocab);
        play(&p[i]);
        CHECK(i % 2 == 0 || same(&p[i].a, &p[i - 1].a), "%u threads: other bits than with one less",
              p[i].threads);
    }
    /* Two sessions of one model at once. */
    pthread_t id;
    CHECK(!pthread_create(&id, NULL, play, &p[2]), "a thread");
    play(&p[1]);
    pthread_join(id, NULL);
    CHECK(same(&p[1].a, &p[0].a) && same(&p[2].a, &p[3].a), "two sessions at once: other bits");
    for (int i = 0; i < 4; i++)
        free(p[i].a.logits);
    tm_model_free(m);
}

static void race_part(void *ctx, unsigned i, unsigned n) {
    (void)i;
    (void)n;
    for (int j = 0; j < 1000; j++)
        ++*(unsigned *)ctx;
}

static void race(void) {
    unsigned sum = 0;
    tk_pool *pool = tk_pool_new(2);
    CHECK(pool, "a pool");
    for (int i = 0; i < 100; i++)
        tk_pool_run(pool, race_part, &sum);
    tk_pool_free(pool);
}

/* ---- memory ---------------------------------------------------------------------------------------------- */
/* A line of /proc/self/status, in bytes. */
static double status(const char *name) {
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    double kib = -1;
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, name, strlen(name)))
            kib = strtod(line + strlen(name), NULL);
    if (f)
        fclose(f);
    CHECK(kib >= 0, "%s", name);
    return 1024 * kib;
}

/* Loading maps the file and looks at the header, norms and scales: no pass over the weights, no second copy of
 * them. A first token adds activations and positions of the cache, in pages of up to 2 MiB. */
static void memory(const char *path) {
    tm_error err;
    const double file = status("RssFile:"), own = status("RssAnon:");
    tm_model *m = load(path, NULL, false);
    const double weights = (double)tm_model_matrix_bytes(m), head = (double)tm_model_head_bytes(m);
    const double read = status("RssFile:") - file, kept = status("RssAnon:") - own;
    CHECK(weights + head > 32e6, "at least 32 MB of weights, or the bars below say nothing");
    CHECK(read < (weights + head) / 8, "%.1f MB of the file were read before the first token, of %.1f MB",
          read / 1e6, (weights + head) / 1e6);
    CHECK(kept < weights / 8, "%.1f MB were copied, of %.1f MB of weights", kept / 1e6, weights / 1e6);
    tm_session *s = tm_session_new(m, &(tm_session_options){.threads = 2}, &err);
    float *logits = malloc(m->config.vocab * sizeof *logits);
    CHECK(s && logits, "%s", err.text);
    CHECK(tm_session_eval(s, &(tm_item){1, 0, true}, 1, logits, &err), "%s", err.text);
    const double more = status("RssAnon:") - own;
    CHECK(more < weights, "%.1f MB more after a token, with weights of %.1f MB", more / 1e6, weights / 1e6);
    CHECK(status("RssFile:") - file > weights / 2, "weights that were read, or this test measures nothing");
    free(logits);
    tm_session_free(s);
    tm_model_free(m);
    m = load(path, NULL, true); /* that a copy would be seen */
    CHECK(status("RssAnon:") - own > weights, "a copy of the weights that shows");
    tm_model_free(m);
    printf("note: %.2f of %.1f MB read and %.2f MB allocated by loading, %.2f MB allocated by a token\n",
           read / 1e6, (weights + head) / 1e6, kept / 1e6, more / 1e6);
}

/* The matrices of the 2B-4T's layers as B3 tensors of a file, with scales and filling; norms stay F32. */
static void b3(void) {
    const tm_preset *p = tm_preset_find("2b-4t");
    uint32_t type;
    CHECK(p && tm_type_of_name("b3", &type), "preset and type");
    const uint64_t wide = (uint64_t)p->heads * p->head_dim, narrow = (uint64_t)p->kv_heads * p->head_dim;
    const uint64_t shapes[][2] = {{p->dim, wide},   {p->dim, narrow}, {p->dim, narrow}, {wide, p->dim},
                                  {p->dim, p->ffn}, {p->dim, p->ffn}, {p->ffn, p->dim}}; /* K, M */
    uint64_t sum = 0, weights = 0, bytes;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const uint64_t ne[4] = {shapes[i][0], shapes[i][1], 1, 1};
        const char *why = tm_tensor_bytes(type, true, ne, &bytes);
        CHECK(!why, "%s", why);
        sum += p->layers * bytes;
        weights += p->layers * ne[0] * ne[1];
    }
    CHECK(weights == 2084044800, "%.0f weights are not the 2B-4T's", (double)weights);
    CHECK(sum < 420000000, "%.1f MB of matrices", (double)sum / 1e6);
    printf("note: the 2B-4T's %.0f million weights in %.1f MB\n", (double)weights / 1e6, (double)sum / 1e6);
}

/* ---- truncation ------------------------------------------------------------------------------------------ */
static void truncated(const char *path) {
    tm_error err;
    tm_gguf *g = tm_gguf_open(path, false, &err);
    CHECK(g, "%s", err.text);
    const int fd = memfd_create("cut", 0);
    CHECK(fd >= 0 && write(fd, g->map, g->size) == (ssize_t)g->size, "a file in memory");
    char cut[64];
    snprintf(cut, sizeof cut, "/proc/self/fd/%d", fd);
    const size_t data = g->data;
    const tm_tensor *last = &g->tensors[g->ntensors - 1];
    const size_t least = g->data + last->offset + last->bytes;              /* any byte less is one too few */
    for (size_t n = least - 1; n > data; n -= n - data > 4099 ? 4099 : 1) { /* inside of tensors */
        CHECK(!ftruncate(fd, (off_t)n), "cut");
        CHECK(!tm_model_load(cut, NULL, &err), "%zu bytes of %zu were enough", n, g->size);
        CHECK(strstr(err.text, cut) && strstr(err.text, "expected, found"), "%s", err.text);
    }
    for (size_t n = data + 1; n-- > 0;) { /* every byte of the header */
        CHECK(!ftruncate(fd, (off_t)n), "cut");
        err.text[0] = 0;
        CHECK(!tm_gguf_open(cut, false, &err), "%zu bytes of %zu were enough", n, g->size);
        CHECK(strstr(err.text, cut) && strstr(err.text, "expected, found") && !strchr(err.text, '\n'),
              "%zu: %s", n, err.text);
        tm_gguf_close(tm_gguf_open(cut, true, &err)); /* whatever it says, it says it in an orderly way */
        void *bytes = malloc(n + !n);                 /* of their own, so that a sanitizer sees their end */
        CHECK(bytes && memcpy(bytes, g->map, n), "memory");
        CHECK(!tm_gguf_from_memory("cut", bytes, n, false, &err) && !strncmp(err.text, "cut: ", 5),
              "%zu bytes of %zu were enough, or: %s", n, g->size, err.text);
        free(bytes);
    }
    printf("note: %zu bytes of header\n", data);
    close(fd);
    tm_gguf_close(g);
}

/* ---- the built-in model ---------------------------------------------------------------------------------- */
static void builtin(const char *path) {
    tm_error err;
    tm_model *own = tm_model_from(tm_builtin_open(&err), NULL, &err);
    if (!path) {
        CHECK(!own, "a model was expected to be refused");
        printf("%s\n", err.text);
        return;
    }
    CHECK(own, "%s", err.text);
    tm_model *other = load(path, NULL, false);
    CHECK(own->file->size == other->file->size && !memcmp(own->file->map, other->file->map, own->file->size),
          "other bytes");
    CHECK((uintptr_t)own->file->map % 4096 == 0, "not aligned");
    answer a, b;
    tm_model *models[] = {own, other};
    answer *answers[] = {&a, &b};
    for (int i = 0; i < 2; i++) {
        tm_session *s = tm_session_new(models[i], &(tm_session_options){.threads = 1}, &err);
        CHECK(s, "%s", err.text);
        answer_new(answers[i], models[i]->config.vocab);
        run(s, answers[i]);
        tm_session_free(s);
    }
    CHECK(same(&a, &b), "other logits");
    free(a.logits);
    free(b.logits);
    tm_model_free(own);
    tm_model_free(other);
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "", *path = argc > 2 ? argv[2] : NULL;
    if (!strcmp(what, "b3"))
        b3();
    else if (!strcmp(what, "race"))
        race();
    else if (!strcmp(what, "builtin"))
        builtin(path);
    else if (path && !strcmp(what, "bits"))
        bits(path);
    else if (path && !strcmp(what, "threads"))
        threads(path);
    else if (path && !strcmp(what, "memory"))
        memory(path);
    else if (path && !strcmp(what, "truncated"))
        truncated(path);
    else
        return 2;
    return 0;
}
