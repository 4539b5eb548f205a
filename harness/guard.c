/* guard.c: memfd-backed buffers between guard pages. */
#include "harness/guard.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SLACK = 256 };

/* Two guard pages a side would catch no more: a kernel that jumps further than a page lands elsewhere anyway.
 */
static size_t page(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

bool tl_guard_reserve(tl_guard *g, const char *name, bool read_only, size_t bytes) {
    size_t p = page(), room = (bytes + SLACK + p - 1) / p * p;
    if (g->base && g->room >= room && g->read_only == read_only) {
        g->name = name;
        return true;
    }
    tl_guard_free(g);
    int fd = memfd_create("guard", 0);
    if (fd < 0)
        return false;
    uint8_t *outer = MAP_FAILED, *inner = MAP_FAILED, *alias = MAP_FAILED;
    if (!ftruncate(fd, (off_t)room)) {
        outer = mmap(NULL, room + 2 * p, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        alias = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    if (outer != MAP_FAILED)
        inner = mmap(outer + p, room, read_only ? PROT_READ : PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                     fd, 0);
    close(fd);
    if (inner == MAP_FAILED || alias == MAP_FAILED) {
        if (outer != MAP_FAILED)
            munmap(outer, room + 2 * p);
        if (alias != MAP_FAILED)
            munmap(alias, room);
        return false;
    }
    *g = (tl_guard){.name = name, .read_only = read_only, .room = room, .base = inner, .alias = alias};
    return true;
}

void tl_guard_free(tl_guard *g) {
    if (g->base) {
        munmap(g->base - page(), g->room + 2 * page());
        munmap(g->alias, g->room);
    }
    *g = (tl_guard){0};
}

void tl_guard_place(tl_guard *g, size_t bytes, bool at_end, size_t align) {
    size_t offset = at_end ? (g->room - bytes) / align * align : 0;
    g->at = g->base + offset;
    g->bytes = bytes;
}

uint8_t *tl_guard_view(const tl_guard *g) {
    return g->alias + (g->at - g->base);
}

/* What lies around the buffer inside the pages: at most SLACK bytes on each side. */
static void slack(const tl_guard *g, size_t *before, size_t *after) {
    *before = (size_t)(g->at - g->base);
    *after = g->room - *before - g->bytes;
    *before = *before < SLACK ? *before : SLACK;
    *after = *after < SLACK ? *after : SLACK;
}

void tl_guard_poison(const tl_guard *g, uint8_t byte) {
    size_t before, after;
    slack(g, &before, &after);
    memset(tl_guard_view(g) - before, byte, before + g->bytes + after);
}

bool tl_guard_slack_clean(const tl_guard *g, uint8_t byte) {
    size_t before, after;
    slack(g, &before, &after);
    const uint8_t *low = tl_guard_view(g) - before, *high = tl_guard_view(g) + g->bytes;
    for (size_t i = 0; i < before; i++)
        if (low[i] != byte)
            return false;
    for (size_t i = 0; i < after; i++)
        if (high[i] != byte)
            return false;
    return true;
}

tl_guard_side tl_guard_locate(const tl_guard *g, const void *address, size_t *distance) {
    const uint8_t *a = address;
    if (!g->base || a < g->base - page() || a >= g->base + g->room + page())
        return TL_ELSEWHERE;
    bool low = a < g->at;
    *distance = low ? (size_t)(g->at - a) : a >= g->at + g->bytes ? (size_t)(a - (g->at + g->bytes)) + 1 : 0;
    if (a >= g->base && a < g->base + g->room)
        return TL_WITHIN;
    return low ? TL_BEFORE : TL_AFTER;
}
