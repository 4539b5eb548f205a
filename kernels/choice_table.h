/* choice_table.h: the rows in use, for choice.c alone; choice_table.c reads and holds them. */
#ifndef TK_CHOICE_TABLE_H
#define TK_CHOICE_TABLE_H

#include "choice.h"

const tk_choice_row *tk_choice_rows(size_t *count);

#endif
