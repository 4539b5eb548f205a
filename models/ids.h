/* ids.h: a growing list of token ids. All zero is empty. */
#ifndef TM_IDS_H
#define TM_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tm_ids {
    uint32_t *p;
    size_t n, room;
} tm_ids;
bool tm_ids_add(tm_ids *, uint32_t id); /* false: no memory */
void tm_ids_free(tm_ids *);

#endif
