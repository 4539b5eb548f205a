/* train.c: a step of training. */
#include "models/train/train.h"
#include "models/train/inside.h"

#include <math.h>
#include <stdlib.h>

enum { PIECE = 1 << 16 }; /* numbers of a unit of the optimiser */

/* Of what a corpus gives to learn, in its order. */
static uint32_t corpus_sum(const tm_corpus *c) {
    uint64_t h = tm_hash(TM_HASH, c->ids.p, c->ids.n * sizeof *c->ids.p);
    h = tm_hash(h, c->learn.p, c->learn.n);
    return tm_sum(tm_hash(h, c->stretch, c->stretches * sizeof *c->stretch));
}

tm_trainer *tm_trainer_new(tm_net *net, const tm_recipe *recipe, const tm_corpus *corpus,
                           const tm_corpus *valid, tm_error *err) {
    tm_trainer *t = calloc(1, sizeof *t);
    if (!t) {
        tm_fail(err, "training: no memory");
        tm_net_free(net);
        return NULL;
    }
    t->net = net;
    t->recipe = *recipe;
    t->best_loss = INFINITY;
    t->data = corpus_sum(corpus);
    t->held = valid ? corpus_sum(valid) : 0;
    t->first = calloc(tm_learned_count(t->net), sizeof(float));
    t->second = calloc(tm_learned_count(t->net), sizeof(float));
    t->best = valid ? calloc(tm_learned_count(t->net), sizeof(float)) : NULL;
    bool good = t->first && t->second && (!valid || t->best);
    if (!good)
        tm_fail(err, "training: memory for the optimiser's state was expected, found none");
    good = good && tm_deal_new(&t->deal, corpus, net->most, recipe->seed, false, err) &&
           (!valid || tm_deal_new(&t->valid, valid, net->most, 0, true, err));
    if (!good) {
        tm_trainer_free(t);
        return NULL;
    }
    tm_net_init(net, recipe->seed);
    tm_step s;
    tm_recipe_at(recipe, 1, &s);
    tm_net_refresh(net, (float)s.part);
    return t;
}

void tm_trainer_free(tm_trainer *t) {
    if (!t)
        return;
    tm_net_free(t->net);
    tm_net_free(t->teacher);
    tm_deal_free(&t->deal);
    tm_deal_free(&t->valid);
    free(t->first);
    free(t->second);
    free(t->best);
    free(t->steps);
    free(t);
}

bool tm_trainer_teacher(tm_trainer *t, tm_net *teacher, double share, double heat, tm_error *err) {
    t->net->teacher = t->teacher = teacher;
    t->net->share = (float)share;
    t->net->heat = (float)heat;
    return teacher->shape.vocab == t->net->shape.vocab ||
           tm_fail(err, "--teacher: a model with the vocabulary of %u tokens was expected, found one of %u",
                   t->net->shape.vocab, teacher->shape.vocab);
}

/* ---- schedules ------------------------------------------------------------------------------------------- */
/* From a at 0 to b at 1. */
static double cosine(double a, double b, double x) {
    return b + (a - b) * 0.5 * (1 + cos(3.14159265358979323846 * x));
}

void tm_recipe_at(const tm_recipe *r, uint64_t step, tm_step *s) {
    const double done = (double)(step - 1), warm = (double)r->warmup, all = (double)r->steps;
    const double x = all > warm ? fmin(1, (done - warm) / (all - warm)) : 1;
    const bool second = r->schedule == TM_TWO_STAGE && step > r->steps / 2;
    s->decay = second ? 0 : r->decay;
    s->part = r->floating ? 0 : step > r->ramp ? 1 : done / (double)r->ramp;
    if (done < warm)
        s->rate = r->rate * (done + 1) / warm;
    else if (second)
        s->rate = cosine(r->rate2, r->rate_end, fmin(1, 2 * (done - all / 2) / all));
    else
        s->rate = cosine(r->rate, r->rate_end, x);
}

/* ---- gradients ------------------------------------------------------------------------------------------- */
static void clear_piece(tm_net *n, size_t unit, tm_work *w) {
    const size_t first = tm_learned_at(n) + unit * PIECE;
    const size_t count = n->total - first < PIECE ? n->total - first : PIECE;
    (void)w;
    memset(n->grad + first, 0, count * sizeof(float));
}

static size_t pieces(const tm_net *n) {
    return (tm_learned_count(n) + PIECE - 1) / PIECE;
}

static bool room_for_step(tm_trainer *t) {
    if (t->nsteps < t->room)
        return true;
    const size_t room = t->room ? 2 * t->room : 1024;
    tm_step *grown = realloc(t->steps, room * sizeof *grown);
    if (!grown)
        return false;
    t->steps = grown;
    t->room = room;
    return true;
}

/* In the order of the parameters, whatever the threads. */
static double gradient_norm(const tm_net *n) {
    double sum = 0;
    for (size_t i = n->learned; i < n->all; i++)
        sum += tm_squares(n->grad + n->param[i].at, n->param[i].m * n->param[i].k);
    return sqrt(sum);
}

bool tm_trainer_gradients(tm_trainer *t, tm_error *err) {
    tm_net *n = t->net;
    double loss = 0;
    if (!room_for_step(t))
        return tm_fail(err, "training: memory for the losses was expected, found none");
    tm_step s = {.step = t->nsteps + 1, .tokens = t->nsteps ? t->steps[t->nsteps - 1].tokens : 0, .valid = NAN};
    tm_recipe_at(&t->recipe, s.step, &s);
    tm_units(n, pieces(n), clear_piece);
    t->counted = 0;
    for (uint64_t i = 0; i < t->recipe.accumulate; i++) {
        const tm_batch b = tm_deal_next(&t->deal);
        if (n->teacher)
            tm_net_logits(n->teacher, &b);
        loss += tm_net_forward(n, &b);
        tm_net_backward(n);
        s.tokens += b.n;
        t->counted += b.counted;
    }
    s.loss = t->counted ? loss / (double)t->counted : 0;
    s.gradient = t->counted ? gradient_norm(n) / (double)t->counted : 0;
    if (!isfinite(s.loss) || !isfinite(s.gradient))
        return tm_fail(err, "step %llu: a finite loss and gradient were expected, found %g and %g",
                       (unsigned long long)s.step, s.loss, s.gradient);
    t->steps[t->nsteps] = s;
    return true;
}

/* ---- the optimiser --------------------------------------------------------------------------------------- */
static void update_param(tm_trainer *t, const tm_param *p, const tm_adam *all, size_t first, size_t end) {
    /* The part of [first, end) that lies in this parameter: a unit may cover several. */
    const size_t begin = p->at > first ? p->at : first, last = p->at + p->m * p->k;
    const size_t stop = last < end ? last : end;
    tm_adam a = *all;
    if (begin >= stop)
        return;
    a.decay = p->kind == TM_PLAN_NORM ? 0 : a.decay; /* gains of norms are not drawn to 0 */
    tm_net *n = t->net;
    const size_t mean = begin - tm_learned_at(n);
    if (t->recipe.momentum)
        tm_momentum_step(n->w + begin, t->first + mean, n->grad + begin, stop - begin, &a);
    else
        tm_adam_step(n->w + begin, t->first + mean, t->second + mean, n->grad + begin, stop - begin, &a);
}

typedef struct updating {
    tm_trainer *t;
    tm_adam a;
} updating;

static void update_part(void *ctx, unsigned i, unsigned threads) {
    const updating *u = ctx;
    const tm_net *n = u->t->net;
    size_t first, end;
    tk_part(tm_learned_count(n), 16, i, threads, &first, &end);
    for (size_t j = n->learned; j < n->all; j++)
        update_param(u->t, &n->param[j], &u->a, tm_learned_at(n) + first, tm_learned_at(n) + end);
}

void tm_trainer_update(tm_trainer *t, double seconds) {
    const tm_recipe *r = &t->recipe;
    tm_step *s = &t->steps[t->nsteps++], next;
    const double clip = r->clip > 0 && s->gradient > r->clip ? r->clip / s->gradient : 1;
    const double step = (double)s->step;
    updating u = {t,
                  {.rate = (float)s->rate,
                   .decay = (float)s->decay,
                   .beta1 = (float)r->beta1,
                   .beta2 = (float)r->beta2,
                   .eps = (float)r->eps,
                   .fix1 = (float)(1 / (1 - pow(r->beta1, step))),
                   .fix2 = (float)(1 / (1 - pow(r->beta2, step))),
                   .gain = (float)(t->counted ? clip / (double)t->counted : 0)}};
    s->seconds = seconds;
    t->epoch = t->deal.epoch;
    t->at = t->deal.at;
    tk_pool_run(t->net->pool, update_part, &u);
    tm_recipe_at(r, s->step + 1, &next);
    tm_net_refresh(t->net, (float)next.part);
}

/* ---- validation ------------------------------------------------------------------------------------------ */
double tm_trainer_validate(tm_trainer *t) {
    double sum = 0;
    tm_net *teacher = t->net->teacher;
    t->net->teacher = NULL; /* cross-entropy alone, comparable with any other training's */
    tm_deal_seek(&t->valid, 0, 0);
    while (t->valid.at < t->valid.corpus->stretches) {
        const tm_batch b = tm_deal_next(&t->valid);
        sum += tm_net_forward(t->net, &b);
    }
    t->net->teacher = teacher;
    const double loss = t->valid.corpus->counted ? sum / (double)t->valid.corpus->counted : 0;
    if (t->nsteps)
        t->steps[t->nsteps - 1].valid = loss;
    if (!t->recipe.floating && t->net->part < 1)
        return loss; /* on a ramp it is another network's than the one that is written */
    t->since_best++;
    if (loss < t->best_loss) {
        t->best_loss = loss;
        t->since_best = 0;
        memcpy(t->best, t->net->w + tm_learned_at(t->net), tm_learned_count(t->net) * sizeof(float));
    }
    return loss;
}

void tm_trainer_take_best(tm_trainer *t) {
    if (isinf(t->best_loss))
        return;
    memcpy(t->net->w + tm_learned_at(t->net), t->best, tm_learned_count(t->net) * sizeof(float));
    tm_net_refresh(t->net, t->net->part);
}
