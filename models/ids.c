/* ids.c: see ids.h. */
#include "models/ids.h"

#include <stdlib.h>

bool tm_ids_add(tm_ids *ids, uint32_t id) {
    if (ids->n == ids->room) {
        const size_t room = ids->room ? 2 * ids->room : 64;
        uint32_t *p = realloc(ids->p, room * sizeof *p);
        if (!p)
            return false;
        ids->p = p;
        ids->room = room;
    }
    ids->p[ids->n++] = id;
    return true;
}

void tm_ids_free(tm_ids *ids) {
    free(ids->p);
    *ids = (tm_ids){0};
}
