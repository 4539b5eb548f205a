/* ids.h: token ids on the command line. */
#ifndef TL_IDS_H
#define TL_IDS_H

#include "models/ids.h"

/* Appends ids with commas, blanks or line ends between them, each below `vocab`. TL_GO_ON or TL_BAD (printed,
 * with `where` in front). */
int tl_parse_ids(const char *where, const char *text, uint32_t vocab, tm_ids *);

#endif
