/* train.h: training: gradients of batches, clipping, schedules, an optimiser, validation, checkpoints, files.
 */
#ifndef TM_TRAIN_H
#define TM_TRAIN_H

#include "models/train/corpus.h"
#include "models/train/net.h"

/* Rates and decay over `steps` steps, after a linear warm-up:
 *   TM_COSINE     rate falls to rate_end by a cosine; decay stays
 *   TM_TWO_STAGE  half of that cosine; then a jump to rate2, a cosine from there to rate_end, no decay
 *                 (The Era of 1-bit LLMs: Training Tips, Code and FAQ, 2024; BitNet b1.58 2B4T report, 2025) */
typedef enum tm_schedule { TM_COSINE, TM_TWO_STAGE } tm_schedule;

typedef struct tm_recipe {
    uint64_t seed, steps, warmup, accumulate;
    uint64_t ramp; /* steps in which quantisation sets in; 0: from the first on */
    bool floating; /* no quantisation at all: the float twin */
    bool momentum; /* SGD with momentum instead of AdamW */
    tm_schedule schedule;
    double rate, rate2, rate_end, decay;
    double beta1, beta2, eps; /* beta1 is also the momentum */
    double clip;              /* of the gradient's norm; 0: none */
} tm_recipe;

/* What is known of a step when it is done. */
typedef struct tm_step {
    uint64_t step, tokens;              /* steps and tokens so far, this one's included */
    double loss;                        /* mean over this step's targets */
    double rate, decay, part, gradient; /* the gradient's norm before clipping */
    double valid;                       /* NaN: not validated here */
    double seconds;                     /* of training, checkpoints before included */
} tm_step;

typedef struct tm_trainer {
    tm_recipe recipe;
    tm_net *net;
    tm_deal deal, valid; /* valid.corpus NULL: no validation */
    uint64_t epoch, at;  /* of the deal, where the next step's batches begin */
    float *first, *second,
        *best;           /* of what is learned: the optimiser's means; the masters of the best validation */
    double best_loss;    /* of validation; infinite before the first */
    uint64_t since_best; /* validations */
    tm_step *steps;      /* all of them */
    size_t nsteps, room;
    uint32_t data, held; /* check sums of the corpora */
    size_t counted;      /* targets of the step under way */
    tm_net *teacher;     /* freed with it; NULL: none */
} tm_trainer;

/* A fresh start: what the network learns is made by the recipe's seed. The network is the trainer's from now
 * on, also where it fails; the corpora must outlive it; `valid` may be NULL. NULL: err. */
tm_trainer *tm_trainer_new(tm_net *, const tm_recipe *, const tm_corpus *, const tm_corpus *valid,
                           tm_error *err);
void tm_trainer_free(tm_trainer *); /* NULL is fine */

/* Learns from a teacher, too, which it takes over: net.h says how. False: err (another vocabulary). */
bool tm_trainer_teacher(tm_trainer *, tm_net *teacher, double share, double heat, tm_error *err);

/* The next step in two halves: its gradients (net->grad, a sum over `counted` targets), and the change of the
 * masters. False: err: the loss or the gradient is not finite (nothing has changed), or no memory. */
bool tm_trainer_gradients(tm_trainer *, tm_error *err);
void tm_trainer_update(tm_trainer *, double seconds);
/* Mean loss over all of the validation corpus; goes into the last step, and into best but on a ramp. */
double tm_trainer_validate(tm_trainer *);
/* Masters and quantised weights become those of the best validation. */
void tm_trainer_take_best(tm_trainer *);

/* Rate, decay and part of step 1, 2, ... */
void tm_recipe_at(const tm_recipe *, uint64_t step, tm_step *);

/* All that the next step depends on. Resuming from it gives the same bits as never having stopped. Also between
 * the halves of a step, whose gradients prove then that the masters are worth to be kept. */
bool tm_checkpoint_write(FILE *, const tm_trainer *);
/* Into a fresh trainer of the same shape, recipe and data. False: err, and the trainer is of no more use. */
bool tm_checkpoint_read(const char *path, tm_trainer *, tm_error *err);

/* A GGUF file: matrices as `weights`, embedding as `head` (types of encode.h); a net with part = 1 is written
 * as ternary values. False: err. */
bool tm_net_write(FILE *, const tm_net *, const tm_tokenizer *, uint32_t weights, uint32_t head,
                  const char *name, tm_error *err);
/* The adapters of a frozen net as a file of their own (models/lora.h). False: err. */
bool tm_lora_write(FILE *, const tm_net *, const char *name, tm_error *err);

#endif
