/* guard.h: buffers between PROT_NONE pages, for kernels that must not touch a byte outside.
 *
 * Each buffer is one memfd mapped twice: a read-write view for the harness and the view that the kernel gets,
 * which for inputs is read-only. So no mprotect is needed per call, and one mapping serves thousands of cases.
 */
#ifndef TL_GUARD_H
#define TL_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tl_guard {
    const char *name;
    bool read_only;
    size_t room;           /* usable bytes, whole pages */
    uint8_t *base, *alias; /* kernel's view (guard pages around it), harness's view */
    uint8_t *at;           /* where the current buffer lies in the kernel's view */
    size_t bytes;          /* of the current buffer */
} tl_guard;

/* Makes room for at least `bytes`; keeps what is there if it is enough. False if memory cannot be had. */
bool tl_guard_reserve(tl_guard *, const char *name, bool read_only, size_t bytes);
void tl_guard_free(tl_guard *);

/* Places a buffer of `bytes` against the end page (its last byte is the last before the guard) or the start
 * page (its first byte is the first after the guard), the end lowered to a multiple of `align`. */
void tl_guard_place(tl_guard *, size_t bytes, bool at_end, size_t align);
/* The harness's writable view of the placed buffer. */
uint8_t *tl_guard_view(const tl_guard *);
/* Fills the placed buffer, and up to 256 bytes of slack on both sides, with a byte. */
void tl_guard_poison(const tl_guard *, uint8_t byte);
/* Is the slack still as poisoned? */
bool tl_guard_slack_clean(const tl_guard *, uint8_t byte);

/* Where an address lies with respect to the buffer: within = in its pages (slack included), before or after =
 * in a guard page. *distance: bytes from the nearest end of the placed buffer. */
typedef enum { TL_ELSEWHERE, TL_WITHIN, TL_BEFORE, TL_AFTER } tl_guard_side;
tl_guard_side tl_guard_locate(const tl_guard *, const void *address, size_t *distance);

#endif
