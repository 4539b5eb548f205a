/* builtin.h: the model inside the program: models/pretrained/world.gguf, as it was when this was built. */
#ifndef TM_BUILTIN_H
#define TM_BUILTIN_H

#include "models/gguf/gguf.h"

/* Opens it where it lies. NULL: err: this build has none. */
tm_gguf *tm_builtin_open(tm_error *err);

#endif
