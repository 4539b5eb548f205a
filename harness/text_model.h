/* text_model.h: a model with its tokenizer and one session: what chat, batch and eval run on. */
#ifndef TL_TEXT_MODEL_H
#define TL_TEXT_MODEL_H

#include "harness/model.h"
#include "models/tokenizer/template.h"

typedef struct tl_text_model {
    tm_model *model;
    tm_session *session;
    tm_tokenizer *tokenizer;
    tm_template style;
} tl_text_model;

/* Opens all of it; template NULL or "auto": the model's own. TL_GO_ON or TL_BAD (printed). The caller closes.
 */
int tl_text_open(tl_model_choice *, unsigned sequences, const char *template, tl_text_model *);
void tl_text_close(tl_text_model *);

#endif
