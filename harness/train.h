/* train.h: what the files of `ternlab train` share. */
#ifndef TL_TRAIN_H
#define TL_TRAIN_H

#include "harness/cli.h"
#include "models/train/train.h"

/* One row a step. TL_GOOD or TL_BAD (printed). */
int tl_train_csv(const char *path, const tm_trainer *);
/* What is learned: masters, gradients (of the mean loss), int8 activations and tokens of the step under way as
 * .npy files in a folder. */
int tl_train_dump(const char *folder, const tm_trainer *);

#endif
