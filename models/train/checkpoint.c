/* checkpoint.c: all of a trainer's state in one file. Little-endian, as it lies in memory:
 *
 *   "TLTRAIN3", the FNV-1a hash of all that follows, a header (struct header), the steps so far, masters, first
 *   and second means, and the best masters where there is validation. Of a frozen network, all that of its
 * adapters alone. */
#include "models/train/inside.h"
#include "models/train/train.h"

#include <math.h>
#include <stdlib.h>

typedef struct header {
    uint32_t layers, dim, ffn, heads, kv_heads, head_dim, vocab, context;
    double rope_base;
    uint64_t floating, momentum, seed, batch, accumulate; /* of the recipe: others may change on the way */
    uint64_t documents, inputs, data, valid;              /* the data: counts, check sums */
    uint64_t teacher;                                     /* distillation: its file's check sum */
    double share, heat;
    uint64_t rank, targets, base; /* of adapters; the frozen file */
    double alpha;
    uint64_t total, steps, epoch, at, since_best;
    double best_loss;
} header;

static const char magic[8] = "TLTRAIN3";

static header header_of(const tm_trainer *t) {
    const tm_preset *s = &t->net->shape;
    const tm_corpus *c = t->deal.corpus;
    return (header){s->layers,
                    s->dim,
                    s->ffn,
                    s->heads,
                    s->kv_heads,
                    s->head_dim,
                    s->vocab,
                    s->context,
                    s->rope_base,
                    t->recipe.floating,
                    t->recipe.momentum,
                    t->recipe.seed,
                    t->net->most,
                    t->recipe.accumulate,
                    c->documents,
                    c->inputs,
                    t->data,
                    t->held,
                    t->teacher ? t->teacher->file : 0,
                    t->net->share,
                    t->net->heat,
                    t->net->lora.rank,
                    t->net->lora.targets,
                    t->net->file,
                    t->net->lora.alpha,
                    tm_learned_count(t->net),
                    t->nsteps,
                    t->epoch,
                    t->at,
                    t->since_best,
                    t->best_loss};
}

/* The blocks behind the hash, in the order of the file. */
typedef struct block {
    void *p;
    size_t bytes;
} block;
enum { BLOCKS = 6 };

static void blocks_of(const tm_trainer *t, header *h, block out[BLOCKS]) {
    const size_t all = tm_learned_count(t->net) * sizeof(float);
    const block list[BLOCKS] = {{h, sizeof *h},
                                {t->steps, t->nsteps * sizeof *t->steps},
                                {t->net->w + tm_learned_at(t->net), all},
                                {t->first, all},
                                {t->second, all},
                                {t->best, t->best ? all : 0}};
    memcpy(out, list, sizeof list);
}

static uint64_t hash_of(const block *b, size_t count) {
    uint64_t h = TM_HASH;
    for (size_t i = 0; i < count; i++)
        h = tm_hash(h, b[i].p, b[i].bytes);
    return h;
}

bool tm_checkpoint_write(FILE *f, const tm_trainer *t) {
    header h = header_of(t);
    block b[BLOCKS];
    blocks_of(t, &h, b);
    const uint64_t hash = hash_of(b, BLOCKS);
    bool good = fwrite(magic, 1, 8, f) == 8 && fwrite(&hash, 8, 1, f) == 1;
    for (size_t i = 0; i < BLOCKS && good; i++)
        good = !b[i].bytes || fwrite(b[i].p, 1, b[i].bytes, f) == b[i].bytes;
    return good;
}

/* Every number up to `total` must be this trainer's. */
static bool same_start(const header *mine, const header *file, const char *path, tm_error *err) {
    const struct {
        const char *what;
        double mine, file;
    } all[] = {{"layers", mine->layers, file->layers},
               {"dim", mine->dim, file->dim},
               {"ffn", mine->ffn, file->ffn},
               {"heads", mine->heads, file->heads},
               {"kv-heads", mine->kv_heads, file->kv_heads},
               {"head-dim", mine->head_dim, file->head_dim},
               {"vocabulary", mine->vocab, file->vocab},
               {"context", mine->context, file->context},
               {"rope-base", mine->rope_base, file->rope_base},
               {"float", (double)mine->floating, (double)file->floating},
               {"optimizer", (double)mine->momentum, (double)file->momentum},
               {"seed", (double)mine->seed, (double)file->seed},
               {"batch", (double)mine->batch, (double)file->batch},
               {"accumulate", (double)mine->accumulate, (double)file->accumulate},
               {"documents in --data", (double)mine->documents, (double)file->documents},
               {"tokens in --data", (double)mine->inputs, (double)file->inputs},
               {"check sum of --data", (double)mine->data, (double)file->data},
               {"check sum of --valid", (double)mine->valid, (double)file->valid},
               {"check sum of --teacher", (double)mine->teacher, (double)file->teacher},
               {"distill", mine->share, file->share},
               {"temperature", mine->heat, file->heat},
               {"lora", (double)mine->rank, (double)file->rank},
               {"set of --lora-targets", (double)mine->targets, (double)file->targets},
               {"lora-alpha", mine->alpha, file->alpha},
               {"check sum of --base", (double)mine->base, (double)file->base},
               {"parameters", (double)mine->total, (double)file->total}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].mine != all[i].file)
            return tm_fail(err, "%s: a checkpoint of this training was expected (%s %g), found another (%g)",
                           path, all[i].what, all[i].mine, all[i].file);
    return true;
}

bool tm_checkpoint_read(const char *path, tm_trainer *t, tm_error *err) {
    tm_buffer file = {0};
    header mine = header_of(t), h;
    uint64_t hash = 0;
    if (!tm_read_file(path, &file, err)) {
        tm_buffer_free(&file);
        return false;
    }
    if (file.n >= 8 && !memcmp(file.p, magic, 7) && file.p[7] < magic[7]) {
        tm_buffer_free(&file);
        return tm_fail(err, "%s: a checkpoint of this version (%.8s) was expected, found an older one", path,
                       magic);
    }
    const size_t start = 16, all = tm_learned_count(t->net) * sizeof(float);
    const size_t fixed = start + sizeof h + all * (t->best ? 4 : 3);
    bool good = file.n >= fixed && !memcmp(file.p, magic, 8);
    if (file.n >= start + sizeof h && !memcmp(file.p, magic, 8)) {
        memcpy(&hash, file.p + 8, 8);
        memcpy(&h, file.p + start, sizeof h);
        if (!same_start(&mine, &h, path, err)) {
            tm_buffer_free(&file);
            return false;
        }
    }
    good = good && (file.n - fixed) % sizeof *t->steps == 0 && (file.n - fixed) / sizeof *t->steps == h.steps &&
           (t->steps = malloc(((size_t)h.steps + 1) * sizeof *t->steps));
    if (good) {
        block b[BLOCKS];
        size_t at = start + sizeof h;
        t->nsteps = (size_t)h.steps;
        t->room = t->nsteps + 1;
        blocks_of(t, &h, b);
        for (size_t i = 1; i < BLOCKS; at += b[i++].bytes)
            if (b[i].bytes)
                memcpy(b[i].p, file.p + at, b[i].bytes);
        good = hash_of(b, BLOCKS) == hash && h.at <= t->deal.corpus->stretches;
    }
    tm_buffer_free(&file);
    if (!good)
        return tm_fail(err, "%s: a whole checkpoint was expected, found a damaged one", path);
    t->since_best = h.since_best;
    t->best_loss = h.best_loss;
    t->epoch = h.epoch;
    t->at = h.at;
    tm_deal_seek(&t->deal, h.epoch, h.at);
    tm_step next;
    tm_recipe_at(&t->recipe, t->nsteps + 1, &next);
    tm_net_refresh(t->net, (float)next.part);
    return true;
}
