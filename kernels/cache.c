/* cache.c: sizes of this machine's caches. Linux tells them in /sys/devices/system/cpu/cpuN/cache/indexI/; the
 * C library is asked only where that is missing: on AMD it takes the L3 of the whole package for each CPU's
 * (384 MiB for the 32 MiB that a virtual machine's two cores of a Zen 5 share). */
#include "registry.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct cache {
    unsigned level;
    size_t bytes;
    long owner; /* the first CPU that shares it */
    bool data;  /* data or unified */
} cache;

static bool text_of(long cpu, unsigned index, const char *what, char *out, size_t n) {
    char path[128];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%ld/cache/index%u/%s", cpu, index, what);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t got = file < 0 ? -1 : read(file, out, n - 1);
    if (file >= 0)
        close(file);
    out[got > 0 ? got : 0] = 0;
    return got > 0;
}

/* False: there is no such cache, or the kernel does not say all of it. */
static bool read_cache(long cpu, unsigned index, cache *c) {
    char level[16], size[32], type[32], shared[64], *unit;
    if (!text_of(cpu, index, "level", level, sizeof level) || !text_of(cpu, index, "size", size, sizeof size) ||
        !text_of(cpu, index, "type", type, sizeof type) ||
        !text_of(cpu, index, "shared_cpu_list", shared, sizeof shared))
        return false;
    c->level = (unsigned)strtoul(level, NULL, 10);
    c->bytes = strtoul(size, &unit, 10);
    c->bytes <<= *unit == 'M' ? 20 : *unit == 'K' ? 10 : 0;
    c->owner = strtol(shared, NULL, 10);
    c->data = strncmp(type, "Instruction", 11) != 0;
    return c->level && c->bytes;
}

size_t tk_cache_bytes(unsigned level) {
    static const int names[] = {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE};
    bool any = false;
    cache c;
    for (unsigned i = 0; read_cache(0, i, &c); i++, any = true)
        if (c.data && c.level == level)
            return c.bytes;
    const long said = !any && level >= 1 && level <= 3 ? sysconf(names[level - 1]) : 0;
    return said > 0 ? (size_t)said : 0;
}

size_t tk_llc_bytes(void) {
    size_t sum = 0;
    for (long cpu = 0, cpus = sysconf(_SC_NPROCESSORS_CONF); cpu < cpus; cpu++) {
        cache c, last = {0};
        for (unsigned i = 0; read_cache(cpu, i, &c); i++)
            if (c.data && c.level >= last.level)
                last = c;
        sum += last.owner == cpu ? last.bytes : 0;
    }
    if (sum)
        return sum;
    const size_t l3 = tk_cache_bytes(3);
    return l3 ? l3 : tk_cache_bytes(2);
}
