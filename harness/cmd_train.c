/* cmd_train.c: `ternlab train`: a small ternary model from text, or adapters of one that stays as it is. */
#include "harness/model.h"
#include "harness/train.h"
#include "kernels/attention/limits.h"
#include "models/builtin.h"
#include "models/encode.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct settings {
    const char *data, *valid, *tokenizer, *output, *csv, *checkpoint, *dump, *name, *teacher, *base, *targets;
    const char *schedule, *optimiser, *type, *head, *i2s_order, *tl;
    uint64_t layers, dim, ffn, heads, kv_heads, head_dim, context, batch, threads, rank;
    uint64_t validate, save, patience, stop_after;
    double rope_base, share, heat, alpha;
    tm_reading reading; /* of --base and --teacher */
    tm_lora_plan lora;  /* rank 0: none */
    bool resume, quiet;
    uint32_t weights, rows; /* tensor types */
    tm_recipe recipe;
} settings;

/* All that a run owns. */
typedef struct course {
    settings s;
    tm_gguf *base; /* what adapters are for */
    tm_tokenizer *tokenizer;
    tm_corpus corpus, valid;
    tm_net *net; /* until the trainer has it */
    tm_trainer *trainer;
    tl_out *out;  /* the model's file: opened first, so that nothing is learned in vain */
    FILE *people; /* progress: standard output, but where a file of it goes there */
    tl_progress progress;
    char line[160];
    size_t kept;   /* steps of the state that was saved last */
    double before; /* seconds of training in runs that this one resumes */
    double start;
    volatile int interrupted;
} course;

/* ---- options --------------------------------------------------------------------------------------------- */
/* What a model of one's own has, and adapters take from their base: the options' values, 0 where they were not
 * given, and the usual ones. */
static int check_own(settings *s) {
    const struct {
        const char *option;
        uint64_t *value, usual;
    } counts[] = {{"--layers", &s->layers, 6},     {"--dim", &s->dim, 256},
                  {"--ffn", &s->ffn, 768},         {"--heads", &s->heads, 4},
                  {"--kv-heads", &s->kv_heads, 2}, {"--head-dim", &s->head_dim, 64},
                  {"--ramp", &s->recipe.ramp, 0}};
    const struct {
        const char *option;
        bool given;
    } others[] = {{"--tokenizer", s->tokenizer != NULL},
                  {"--rope-base", s->rope_base != 0},
                  {"--float", s->recipe.floating},
                  {"--type", s->type != NULL},
                  {"--head", s->head != NULL}};
    const char *given = NULL;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        given = *counts[i].value ? counts[i].option : given;
        *counts[i].value = *counts[i].value ? *counts[i].value : counts[i].usual;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        given = others[i].given ? others[i].option : given;
    if (given && s->rank)
        return tl_bad(given, "nothing that --base decides was expected with --lora, found this option");
    s->rope_base = s->rope_base != 0 ? s->rope_base : 10000;
    s->head = s->head ? s->head : "f16";
    return TL_GO_ON;
}

static int check_lora(settings *s) {
    static const struct {
        const char *name;
        uint32_t tensor;
    } all[] = {{"q", TM_ATTN_Q},      {"k", TM_ATTN_K},  {"v", TM_ATTN_V},     {"o", TM_ATTN_OUTPUT},
               {"gate", TM_FFN_GATE}, {"up", TM_FFN_UP}, {"down", TM_FFN_DOWN}};
    const char *const only = s->base         ? "--base"
                             : s->targets    ? "--lora-targets"
                             : s->alpha != 0 ? "--lora-alpha"
                                             : NULL;
    if (only && !s->rank)
        return tl_bad("--lora", "a rank was expected with %s, found none", only);
    if (s->alpha != 0 && !(s->alpha >= 1e-3 && s->alpha <= 1e6))
        return tl_bad("--lora-alpha", "a number from 0.001 to 1e+06 was expected, found %g", s->alpha);
    s->lora.rank = s->rank;
    s->lora.alpha = s->alpha != 0 ? (float)s->alpha : (float)s->rank;
    for (const char *p = s->targets ? s->targets : "q,k,v,o,gate,up,down"; p;
         p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
        const size_t n = strcspn(p, ",");
        size_t i = 0;
        while (i < sizeof all / sizeof *all && (strlen(all[i].name) != n || strncmp(all[i].name, p, n) != 0))
            i++;
        if (i == sizeof all / sizeof *all)
            return tl_bad("--lora-targets",
                          "q, k, v, o, gate, up, down with commas between were expected, found \"%.*s\"",
                          (int)n, p);
        s->lora.targets |= UINT32_C(1) << all[i].tensor;
    }
    return TL_GO_ON;
}

static int out_of(const char *option, double v, double low, double high) {
    return v >= low && v <= high
               ? TL_GO_ON
               : tl_bad(option, "a number from %g to %g was expected, found %g", low, high, v);
}

static int check_recipe(settings *s) {
    tm_recipe *r = &s->recipe;
    const struct {
        const char *option;
        double value, low, high;
    } limits[] = {{"--lr", r->rate, 0, 100},
                  {"--lr2", r->rate2, 0, 100},
                  {"--lr-end", r->rate_end, 0, 100},
                  {"--weight-decay", r->decay, 0, 100},
                  {"--beta1", r->beta1, 0, 0.999999},
                  {"--beta2", r->beta2, 0, 0.999999},
                  {"--clip", r->clip, 0, 1e9},
                  {"--distill", s->share, 0, 1},
                  {"--temperature", s->heat, 0.01, 100},
                  {"--rope-base", s->rope_base, 1.001, 1e12}};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (out_of(limits[i].option, limits[i].value, limits[i].low, limits[i].high) != TL_GO_ON)
            return TL_BAD;
    if (strcmp(s->schedule, "cosine") != 0 && strcmp(s->schedule, "two-stage") != 0)
        return tl_bad("--schedule", "cosine or two-stage was expected, found \"%s\"", s->schedule);
    if (strcmp(s->optimiser, "adamw") != 0 && strcmp(s->optimiser, "sgd") != 0)
        return tl_bad("--optimizer", "adamw or sgd was expected, found \"%s\"", s->optimiser);
    if (s->batch < s->context)
        return tl_bad("--batch", "at least the context of %llu tokens was expected, found %llu",
                      (unsigned long long)s->context, (unsigned long long)s->batch);
    r->schedule = *s->schedule == 't' ? TM_TWO_STAGE : TM_COSINE;
    r->momentum = *s->optimiser == 's';
    if (r->floating && r->ramp)
        return tl_bad("--ramp", "quantisation (no --float) was expected with it, found both");
    return TL_GO_ON;
}

static bool is_float_type(const char *name) {
    return !strcasecmp(name, "f32") || !strcasecmp(name, "f16");
}

static int check_types(settings *s) {
    const bool floating = s->recipe.floating;
    s->type = s->type ? s->type : floating ? "f16" : "i2_s";
    if (!tm_type_of_name(s->type, &s->weights) ||
        (floating ? !is_float_type(s->type)
                  : strcasecmp(s->type, "i2_s") && strcasecmp(s->type, "b2x") && strcasecmp(s->type, "b3")))
        return tl_bad("--type", "%s was expected, found \"%s\"", floating ? "f16 or f32" : "i2_s, b2x or b3",
                      s->type);
    if (!tm_type_of_name(s->head, &s->rows) ||
        !(is_float_type(s->head) || !strcasecmp(s->head, "q8_0") || !strcasecmp(s->head, "q6_k")))
        return tl_bad("--head", "f32, f16, q8_0 or q6_k was expected, found \"%s\"", s->head);
    return TL_GO_ON;
}

static bool is_stdout(const char *path) {
    return path && !strcmp(path, "-");
}

/* What is no regular file takes its bytes once and for all. */
static bool takes_once(const char *path) {
    struct stat st;
    return is_stdout(path) || (!stat(path, &st) && !S_ISREG(st.st_mode));
}

static int check_paths(const settings *s) {
    struct stat st;
    const struct {
        const char *option, *value, *what;
    } needed[] = {{"--data", s->data, "files to learn from were expected"},
                  {"--tokenizer", s->rank ? "the base's" : s->tokenizer, "a tokenizer.json was expected"},
                  {"--output", s->output, "a file to write was expected"}};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!needed[i].value)
            return tl_bad(needed[i].option, "%s, found none", needed[i].what);
    if (s->dump && (stat(s->dump, &st) || !S_ISDIR(st.st_mode)))
        return tl_bad(s->dump, "a folder was expected, found none");
    if (s->dump && s->recipe.accumulate > 1)
        return tl_bad("--dump-grads", "one batch a step was expected, found --accumulate %llu",
                      (unsigned long long)s->recipe.accumulate);
    if ((s->resume || s->save) && !s->checkpoint)
        return tl_bad("--checkpoint", "a file was expected with --resume or --save-every, found none");
    if (s->stop_after && !s->checkpoint)
        return tl_bad("--checkpoint", "a file was expected with --stop-after, found none");
    if (is_stdout(s->checkpoint))
        return tl_bad("--checkpoint", "a file that can be read again was expected, found \"-\"");
    if (s->checkpoint && !s->resume && !stat(s->checkpoint, &st) && S_ISREG(st.st_mode))
        return tl_bad(s->checkpoint,
                      "--resume, or another name for --checkpoint, was expected, found a file there");
    if (is_stdout(s->output) && is_stdout(s->csv))
        return tl_bad("--csv", "one output \"-\" was expected, found two");
    if (s->patience && !s->valid)
        return tl_bad("--valid", "files were expected with --patience, found none");
    return TL_GO_ON;
}

/* The shape, checked against what files and kernels hold. */
static int make_shape(const settings *s, uint32_t vocab, tm_preset *p) {
    const char *at = "";
    size_t count;
    *p = (tm_preset){.name = "trained",
                     .arch = "bitnet-b1.58",
                     .layers = (uint32_t)s->layers,
                     .dim = (uint32_t)s->dim,
                     .ffn = (uint32_t)s->ffn,
                     .heads = (uint32_t)s->heads,
                     .kv_heads = (uint32_t)s->kv_heads,
                     .head_dim = (uint32_t)s->head_dim,
                     .vocab = vocab,
                     .context = (uint32_t)s->context,
                     .rope_base = s->rope_base};
    if (p->heads % p->kv_heads)
        return tl_bad("--kv-heads", "a divisor of --heads %u was expected, found %u", p->heads, p->kv_heads);
    if (p->heads / p->kv_heads > ATTENTION_HEADS)
        return tl_bad("--kv-heads", "at most %d query heads a KV head were expected, found %u", ATTENTION_HEADS,
                      p->heads / p->kv_heads);
    if (p->head_dim % 2)
        return tl_bad("--head-dim", "an even number was expected, found %u", p->head_dim);
    tm_plan *plan = malloc(tm_plan_most(p) * sizeof *plan);
    const char *why = plan ? tm_plan_make(plan, p, s->weights, s->rows, &count, &at) : "no memory";
    const tk_layout *layout = tm_type_layout(s->weights);
    for (size_t i = 0; layout && !why && i < count; i++)
        if (plan[i].kind == TM_PLAN_TERNARY) {
            at = plan[i].name;
            why = layout->reject((tk_shape){plan[i].ne[1], plan[i].ne[0], 1, 0});
        }
    if (why)
        tl_bad(at, "a shape that --type %s and --head %s hold was expected, found: %s", s->type, s->head, why);
    free(plan); /* which the name was in */
    return why ? TL_BAD : TL_GO_ON;
}

/* ---- data ------------------------------------------------------------------------------------------------ */
static int read_corpus(course *c, tm_corpus *to, const char *files) {
    tm_error err;
    char path[4096];
    for (const char *p = files; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
        snprintf(path, sizeof path, "%.*s", (int)strcspn(p, ","), p);
        if (!tm_corpus_add(to, path, c->tokenizer, (uint32_t)c->s.context, &err))
            return tl_refused(&err);
    }
    return to->counted ? TL_GO_ON : tl_bad(files, "something to learn was expected, found nothing");
}

static int open_tokenizer(course *c) {
    tm_error err;
    const settings *s = &c->s;
    if (s->rank && !(c->base = s->base ? tm_gguf_open(s->base, false, &err) : tm_builtin_open(&err)))
        return tl_refused(&err);
    c->tokenizer =
        s->tokenizer ? tm_tokenizer_from_file(s->tokenizer, &err) : tm_tokenizer_from_gguf(c->base, &err);
    return c->tokenizer ? TL_GO_ON : tl_refused(&err);
}

/* The network that is to learn: one of our own, or adapters beside the base. */
static int open_net(course *c) {
    tm_error err;
    tm_preset shape;
    const settings *s = &c->s;
    const uint32_t vocab = tm_vocab(c->tokenizer);
    const unsigned threads = (unsigned)s->threads;
    if (c->base)
        c->net = tm_net_read(c->base, s->reading, &s->lora, s->batch, (uint32_t)s->context, threads, &err);
    else if (make_shape(s, vocab, &shape) != TL_GO_ON)
        return TL_BAD;
    else
        c->net = tm_net_new(&shape, NULL, s->batch, threads, &err);
    if (!c->net)
        return tl_refused(&err);
    return vocab <= c->net->shape.vocab
               ? TL_GO_ON
               : tl_bad(c->base->path,
                        "a vocabulary of at most %u tokens was expected, found a tokenizer of %u",
                        c->net->shape.vocab, vocab);
}

static int open_teacher(course *c) {
    tm_error err;
    const settings *s = &c->s;
    tm_gguf *g = tm_gguf_open(s->teacher, false, &err);
    tm_net *teacher =
        g ? tm_net_read(g, s->reading, NULL, s->batch, (uint32_t)s->context, (unsigned)s->threads, &err) : NULL;
    tm_gguf_close(g);
    return teacher && tm_trainer_teacher(c->trainer, teacher, s->share, s->heat, &err) ? TL_GO_ON
                                                                                       : tl_refused(&err);
}

static int open_course(course *c) {
    tm_error err;
    const settings *s = &c->s;
    int status = open_tokenizer(c);
    if (status == TL_GO_ON)
        status = open_net(c);
    if (status == TL_GO_ON)
        status = read_corpus(c, &c->corpus, s->data);
    if (status == TL_GO_ON && s->valid)
        status = read_corpus(c, &c->valid, s->valid);
    if (status != TL_GO_ON)
        return status;
    tm_net *net = c->net;
    c->net = NULL;
    if (!(c->trainer = tm_trainer_new(net, &s->recipe, &c->corpus, s->valid ? &c->valid : NULL, &err)))
        return tl_refused(&err);
    if (s->teacher && open_teacher(c) != TL_GO_ON)
        return TL_BAD;
    if (s->resume && !access(s->checkpoint, F_OK) && !tm_checkpoint_read(s->checkpoint, c->trainer, &err))
        return tl_refused(&err);
    const tm_trainer *t = c->trainer;
    if (!(c->out = tl_out_open(s->output)))
        return TL_BAD;
    tl_out_large(c->out);
    c->before = t->nsteps ? t->steps[t->nsteps - 1].seconds : 0;
    c->people = is_stdout(s->output) || is_stdout(s->csv) ? stderr : stdout;
    if (!s->quiet)
        fprintf(c->people,
                "%zu parameters; %zu documents, %zu tokens, %zu of them learned; %zu steps of at most %llu "
                "tokens%s\n",
                tm_learned_count(t->net), c->corpus.documents, c->corpus.inputs, c->corpus.counted,
                (size_t)s->recipe.steps, (unsigned long long)(s->batch * s->recipe.accumulate),
                t->nsteps ? ", resumed" : "");
    return TL_GO_ON;
}

/* ---- steps ----------------------------------------------------------------------------------------------- */
static int save(course *c) {
    c->kept = c->trainer->nsteps;
    if (c->s.csv && !takes_once(c->s.csv)) {
        const int status = tl_train_csv(c->s.csv, c->trainer);
        if (status != TL_GOOD)
            return status;
    }
    if (!c->s.checkpoint)
        return TL_GOOD;
    tl_out *out = tl_out_open(c->s.checkpoint);
    if (!out)
        return TL_BAD;
    tm_checkpoint_write(tl_out_file(out), c->trainer); /* what fails shows when it is closed */
    return tl_out_close(out);
}

static double elapsed(const course *c) {
    return c->before + tl_seconds() - c->start;
}

/* A line for people, now and then. */
static void tell(const course *c, const tm_step *s) {
    if (c->s.quiet)
        return;
    fprintf(c->people, "step %llu  tokens %llu  loss %.4f", (unsigned long long)s->step,
            (unsigned long long)s->tokens, s->loss);
    if (!isnan(s->valid))
        fprintf(c->people, "  valid %.4f  perplexity %.3f", s->valid, exp(s->valid));
    fprintf(c->people, "  rate %.3g  %.0f tokens/s\n", s->rate, (double)s->tokens / s->seconds);
    fflush(c->people);
}

/* The next step's gradients. Only where they are finite is the state that they belong to worth keeping: one
 * that diverges must not be written over the last good one. */
static int gradients(course *c) {
    const char *kept = c->s.checkpoint;
    tm_error err;
    return tm_trainer_gradients(c->trainer, &err)
               ? TL_GOOD
               : tl_bad(c->s.data, "%s%s%s", err.text, kept ? "; the last good state is in " : "",
                        kept ? kept : "");
}

static int one_step(course *c) {
    tm_trainer *t = c->trainer;
    const settings *s = &c->s;
    int status = gradients(c);
    if (status == TL_GOOD && s->save && t->nsteps % s->save == 0 && t->nsteps > c->kept)
        status = save(c);
    if (status != TL_GOOD)
        return status;
    if (s->dump && t->nsteps + 1 == s->recipe.steps && tl_train_dump(s->dump, t) != TL_GOOD)
        return TL_BAD;
    tm_trainer_update(t, elapsed(c));
    tm_step *now = &t->steps[t->nsteps - 1];
    const bool last = now->step == s->recipe.steps, due = s->validate && now->step % s->validate == 0;
    if (s->valid && (due || last))
        tm_trainer_validate(t);
    now->seconds = elapsed(c);
    if (due || last)
        tell(c, now);
    snprintf(c->line, sizeof c->line, "loss %.3f, %.0f tokens/s, step", now->loss,
             (double)now->tokens / now->seconds);
    tl_progress_step(&c->progress, now->step);
    return TL_GOOD;
}

static bool patient(const course *c) {
    return !c->s.patience || c->trainer->since_best < c->s.patience;
}

static int train(course *c) {
    tm_trainer *t = c->trainer;
    int status = save(c); /* what cannot be written shows before anything is learned */
    const uint64_t end = c->s.stop_after && t->nsteps + c->s.stop_after < c->s.recipe.steps
                             ? t->nsteps + c->s.stop_after
                             : c->s.recipe.steps;
    c->start = tl_seconds();
    tl_progress_start(&c->progress, c->line, c->s.recipe.steps, c->s.quiet);
    tl_out_interrupt(&c->interrupted);
    while (status == TL_GOOD && t->nsteps < end && patient(c) && !c->interrupted)
        status = one_step(c);
    tl_out_interrupt(NULL);
    tl_progress_end(&c->progress);
    if (status == TL_GOOD && t->nsteps > c->kept && (status = gradients(c)) == TL_GOOD)
        status = save(c);
    if (status == TL_GOOD && c->s.csv && takes_once(c->s.csv))
        status = tl_train_csv(c->s.csv, t);
    if (status == TL_GOOD && c->interrupted) {
        tl_bad("train", "%llu steps were expected, found an interrupt after %zu",
               (unsigned long long)c->s.recipe.steps, t->nsteps);
        return TL_INTERRUPTED;
    }
    return status;
}

static int write_model(course *c) {
    tm_error err;
    if (c->s.patience)
        tm_trainer_take_best(c->trainer);
    FILE *f = tl_out_file(c->out);
    const tm_net *n = c->trainer->net;
    if (c->base ? !tm_lora_write(f, n, c->s.name, &err)
                : !tm_net_write(f, n, c->tokenizer, c->s.weights, c->s.rows, c->s.name, &err))
        return tl_refused(&err);
    const int status = tl_out_close(c->out);
    c->out = NULL;
    return status;
}

static void close_course(course *c) {
    tl_out_discard(c->out);
    tm_trainer_free(c->trainer);
    tm_net_free(c->net);
    tm_corpus_free(&c->corpus);
    tm_corpus_free(&c->valid);
    tm_tokenizer_free(c->tokenizer);
    tm_gguf_close(c->base);
}

static int run(int argc, char **argv) {
    course c = {.s = {.name = "trained",
                      .schedule = "cosine",
                      .optimiser = "adamw",
                      .context = 256,
                      .batch = 2048,
                      .threads = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN),
                      .validate = 100,
                      .share = 0.5,
                      .heat = 2,
                      .recipe = {.seed = 1,
                                 .steps = 1000,
                                 .warmup = 50,
                                 .accumulate = 1,
                                 .rate = 2e-3,
                                 .rate2 = 1e-3,
                                 .decay = 0.05,
                                 .beta1 = 0.9,
                                 .beta2 = 0.95,
                                 .eps = 1e-8,
                                 .clip = 1}}};
    settings *s = &c.s;
    tm_recipe *r = &s->recipe;
    const tl_option options[] = {
        {"data", TL_OPT_TEXT, &s->data, "FILES",
         "to learn from, commas between: text, blank lines between documents; .jsonl dialogues", 0, 0},
        {"valid", TL_OPT_TEXT, &s->valid, "FILES", "the same, held out; default: no validation", 0, 0},
        {"tokenizer", TL_OPT_TEXT, &s->tokenizer, "FILE",
         "tokenizer.json, tiktoken ranks or a GGUF file; with --lora: the base's own", 0, 0},
        {"output", TL_OPT_TEXT, &s->output, "FILE", "the GGUF file to write; also -o", 0, 0},
        {"name", TL_OPT_TEXT, &s->name, "TEXT", "general.name in it; default: trained", 0, 0},
        {"layers", TL_OPT_COUNT, &s->layers, "N", "default: 6", 1, 1024},
        {"dim", TL_OPT_COUNT, &s->dim, "N", "width; default: 256", 1, 1 << 16},
        {"ffn", TL_OPT_COUNT, &s->ffn, "N", "width of the feed-forward part; default: 768", 1, 1 << 18},
        {"heads", TL_OPT_COUNT, &s->heads, "N", "query heads; default: 4", 1, 1024},
        {"kv-heads", TL_OPT_COUNT, &s->kv_heads, "N", "key and value heads; default: 2", 1, 1024},
        {"head-dim", TL_OPT_COUNT, &s->head_dim, "N", "default: 64", 2, ATTENTION_DIM},
        {"context", TL_OPT_COUNT, &s->context, "N",
         "most tokens of a document, longer ones are cut; default: 256", 2, 1 << 16},
        {"rope-base", TL_OPT_REAL, &s->rope_base, "X", "default: 10000", 0, 0},
        {"steps", TL_OPT_COUNT, &r->steps, "N", "default: 1000", 0, 1ull << 40},
        {"batch", TL_OPT_COUNT, &s->batch, "N", "most tokens at once; default: 2048", 2, 1 << 20},
        {"accumulate", TL_OPT_COUNT, &r->accumulate, "N", "batches of a step; default: 1", 1, 1 << 20},
        {"lr", TL_OPT_REAL, &r->rate, "X", "learning rate; default: 0.002", 0, 0},
        {"lr2", TL_OPT_REAL, &r->rate2, "X", "of the second stage; default: 0.001", 0, 0},
        {"lr-end", TL_OPT_REAL, &r->rate_end, "X", "in the end; default: 0", 0, 0},
        {"warmup", TL_OPT_COUNT, &r->warmup, "N", "steps; default: 50", 0, 1ull << 40},
        {"schedule", TL_OPT_TEXT, &s->schedule, "NAME",
         "cosine, or two-stage as for BitNet b1.58; default: cosine", 0, 0},
        {"weight-decay", TL_OPT_REAL, &r->decay, "X", "default: 0.05", 0, 0},
        {"optimizer", TL_OPT_TEXT, &s->optimiser, "NAME", "adamw or sgd (with momentum beta1); default: adamw",
         0, 0},
        {"beta1", TL_OPT_REAL, &r->beta1, "X", "default: 0.9", 0, 0},
        {"beta2", TL_OPT_REAL, &r->beta2, "X", "default: 0.95", 0, 0},
        {"clip", TL_OPT_REAL, &r->clip, "X", "greatest norm of the gradient, 0 = any; default: 1", 0, 0},
        {"ramp", TL_OPT_COUNT, &r->ramp, "N", "steps in which quantisation sets in; default: 0, at once", 0,
         1ull << 40},
        {"float", TL_OPT_FLAG, &r->floating, NULL, "no quantisation: the float twin", 0, 0},
        {"teacher", TL_OPT_TEXT, &s->teacher, "FILE",
         "distillation: a model of --float with the same vocabulary, any size", 0, 0},
        {"distill", TL_OPT_REAL, &s->share, "X", "the teacher's share of the loss; default: 0.5", 0, 0},
        {"temperature", TL_OPT_REAL, &s->heat, "X", "at which it is listened to; default: 2", 0, 0},
        {"lora", TL_OPT_COUNT, &s->rank, "RANK",
         "learn adapters of this rank beside a ternary model that stays as it is; -o gets them alone", 1,
         1 << 16},
        {"base", TL_OPT_TEXT, &s->base, "FILE", "that model, a GGUF file; default: the built-in model", 0, 0},
        TL_READING_OPTIONS(s->i2s_order, s->tl),
        {"lora-alpha", TL_OPT_REAL, &s->alpha, "X", "adapters count alpha / RANK times; default: RANK, so once",
         0, 0},
        {"lora-targets", TL_OPT_TEXT, &s->targets, "LIST",
         "the projections that get one; default: q,k,v,o,gate,up,down", 0, 0},
        {"seed", TL_OPT_COUNT, &r->seed, "N", "default: 1", 0, 0},
        {"threads", TL_OPT_COUNT, &s->threads, "N", "they change no bit; default: all cores", 1,
         TL_MAX_THREADS},
        {"eval-every", TL_OPT_COUNT, &s->validate, "N", "steps from one validation to the next; default: 100",
         0, 1ull << 40},
        {"stop-after", TL_OPT_COUNT, &s->stop_after, "N",
         "do N of the steps now, the others after --resume; default: all", 1, 1ull << 40},
        {"patience", TL_OPT_COUNT, &s->patience, "N",
         "stop after so many validations without a gain, and write the best; those on a ramp do not count", 0,
         1 << 30},
        {"checkpoint", TL_OPT_TEXT, &s->checkpoint, "FILE",
         "all of the state, from the start on, at the end and on interrupt; one that is there: see --resume", 0,
         0},
        {"save-every", TL_OPT_COUNT, &s->save, "N", "also after every N steps", 0, 1ull << 40},
        {"resume", TL_OPT_FLAG, &s->resume, NULL, "go on from the checkpoint if there is one", 0, 0},
        {"csv", TL_OPT_TEXT, &s->csv, "FILE", "one row a step", 0, 0},
        {"type", TL_OPT_TEXT, &s->type, "TYPE",
         "of the weights: i2_s, b2x, b3; with --float f16, f32; default: the first", 0, 0},
        {"head", TL_OPT_TEXT, &s->head, "TYPE", "of embedding and head: f32, f16, q8_0, q6_k; default: f16", 0,
         0},
        {"dump-grads", TL_OPT_TEXT, &s->dump, "FOLDER",
         "masters, gradients, int8 activations, tokens of the last step, as .npy", 0, 0},
        {"quiet", TL_OPT_FLAG, &s->quiet, NULL, "say nothing", 0, 0},
        {0}};
    const tl_usage usage = {
        "ternlab train --data FILES (--tokenizer FILE | --lora RANK) -o FILE.gguf [options]",
        "Trains a small model of architecture bitnet-b1.58: ternary weights and int8 activations in the "
        "forward pass, "
        "straight-through gradients to float32 masters. The file runs with `ternlab generate`. With --lora: "
        "float32 "
        "adapters of a model that is frozen, for `ternlab generate --lora`.",
        "ternlab train --data train.txt,chat.jsonl --valid valid.txt --tokenizer tokenizer.json --steps 4000 "
        "--csv losses.csv -o m.gguf",
        0};
    int status = tl_parse(argc, argv, &usage, options, NULL);
    if (status == TL_GO_ON && tl_reading_of(&s->reading, s->i2s_order, s->tl) != TL_GOOD)
        status = TL_BAD;
    if (status == TL_GO_ON)
        status = check_own(s);
    if (status == TL_GO_ON)
        status = check_lora(s);
    if (status == TL_GO_ON)
        status = check_recipe(s);
    if (status == TL_GO_ON)
        status = check_types(s);
    if (status == TL_GO_ON)
        status = check_paths(s);
    if (status != TL_GO_ON)
        return status;
    status = open_course(&c);
    if (status == TL_GO_ON)
        status = train(&c);
    if (status == TL_GOOD)
        status = write_model(&c);
    close_course(&c);
    return status;
}

const tl_command tl_cmd_train = {"train", "train a small ternary model", run};
