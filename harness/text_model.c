/* text_model.c: see text_model.h. */
#include "harness/text_model.h"

#include <string.h>

int tl_text_open(tl_model_choice *c, unsigned sequences, const char *template, tl_text_model *t) {
    tm_error err;
    *t = (tl_text_model){0};
    int status = tl_model_check(c);
    if (status == TL_GO_ON)
        status = tl_model_open(c, sequences, &t->model, &t->session);
    if (status != TL_GO_ON)
        return status;
    t->tokenizer = tm_tokenizer_from_gguf(t->model->file, &err);
    if (!t->tokenizer)
        status = tl_refused(&err);
    else if (tm_vocab(t->tokenizer) > t->model->config.vocab)
        status =
            tl_bad(tl_model_name(c), "a vocabulary of at most %u tokens was expected, found a tokenizer of %u",
                   t->model->config.vocab, tm_vocab(t->tokenizer));
    if (status == TL_GO_ON && (!template || !strcmp(template, "auto")))
        status = tm_template_of(t->model->file, t->tokenizer, &t->style, &err) ? TL_GO_ON : tl_refused(&err);
    else if (status == TL_GO_ON && !tm_template_find(template, &t->style))
        status = tl_bad("--template", "auto, llama3, bitnet or plain was expected, found \"%s\"", template);
    if (status != TL_GO_ON)
        tl_text_close(t);
    return status;
}

void tl_text_close(tl_text_model *t) {
    tm_tokenizer_free(t->tokenizer);
    tm_session_free(t->session);
    tm_model_free(t->model);
    *t = (tl_text_model){0};
}
