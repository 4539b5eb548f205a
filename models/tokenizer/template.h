/* template.h: chats as token ids. Roles and markers are the template's; what people write is never parsed for
 * special tokens. */
#ifndef TM_TEMPLATE_H
#define TM_TEMPLATE_H

#include "models/tokenizer/tokenizer.h"

typedef enum tm_template {
    TM_TEMPLATE_LLAMA3, /* <|start_header_id|>role<|end_header_id|>\n\ncontent<|eot_id|> */
    TM_TEMPLATE_BITNET, /* Role: content<|eot_id|>   (microsoft/bitnet-b1.58-2B-4T, tokenizer_config.json) */
    TM_TEMPLATE_PLAIN,  /* Role: content\n   for models without special tokens of a turn */
    TM_TEMPLATES
} tm_template;
extern const char *const tm_template_names[TM_TEMPLATES];

typedef struct tm_message {
    tm_str role, content; /* role: system, user, assistant */
} tm_message;

/* By name; false: no such template. */
bool tm_template_find(const char *name, tm_template *);
/* By marks in the model's tokenizer.chat_template; of bitnet's files, and those without one, by the special
 * tokens. False: a chat_template that is none of these (err). */
bool tm_template_of(const tm_gguf *, const tm_tokenizer *, tm_template *, tm_error *err);

/* Appends messages, the first with BOS where `first` is set, and the opening of the assistant's turn where
 * `open` is set. Contents lose blanks at their ends. False: no memory, or the tokenizer lacks a token of the
 * template (err). */
bool tm_template_render(tm_template, tm_tokenizer *, const tm_message *, size_t n, bool first, bool open,
                        tm_ids *, tm_error *err);

/* Ends the assistant's turn, ids from `from` on, as it should have ended: at a limit it is open, another stop
 * token goes, and so does the stop text where that ended it (at_text: a template that has one). *kept: ids that
 * stayed, the others are new. False: no memory (err). */
bool tm_template_close(tm_template, tm_tokenizer *, tm_ids *ids, size_t from, bool at_text, size_t *kept,
                       tm_error *err);

/* The text at which an assistant's turn ends, beside the stop tokens; "" if there is none. */
const char *tm_template_stop(tm_template);

#endif
