/* batch_rows.h: prompts from TXT, JSONL, JSON or CSV files, answers to the same. */
#ifndef TL_BATCH_ROWS_H
#define TL_BATCH_ROWS_H

#include "harness/cli.h"
#include "models/text.h"

typedef enum { TL_TXT, TL_JSONL, TL_JSON, TL_CSV_ROWS } tl_row_kind;

typedef struct tl_row {
    char *id, *prompt; /* id: the row's own, or its number */
    char *why;         /* not NULL: a bad row, and what is wrong with it */
    char *answer;      /* NULL until there is one; ends with a zero byte */
} tl_row;

/* The kind that a file's name ends in (.txt .jsonl .json .csv); false: another. */
bool tl_row_kind_of(const char *path, tl_row_kind *);
/* All rows. TXT: a line each; JSONL: objects with "prompt" and maybe "id"; JSON: an array of them, or of
 * strings; CSV: columns prompt and maybe id. A bad row is kept with its reason; TL_BAD (printed): the file as a
 * whole. */
int tl_rows_read(const char *path, tl_row_kind, tl_row **, size_t *count);
void tl_rows_free(tl_row *, size_t count);

/* All rows as a file of this kind. TXT: an answer a line (line ends as \\n); the others: id, prompt, answer,
 * and error for bad rows. TL_GOOD or TL_BAD (printed). */
int tl_rows_write(const char *path, tl_row_kind, const tl_row *, size_t count);

/* The journal of an unfinished run: what decides its answers (a hash) in the first line, then the answers as
 * they come, one JSON object a line. Opening gives each row its answer if prompt and number are the same; a
 * last line that was cut is passed over. *found: how many. TL_GO_ON, or TL_BAD (printed): it is of another run.
 */
int tl_journal_open(const char *path, uint64_t settings, tl_row *, size_t count, FILE **, size_t *found);
bool tl_journal_add(FILE *, size_t number, const tl_row *);

#endif
