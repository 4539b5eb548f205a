/* machine_roof.c: the best of many probe forms; the maximum, because a roof is what can be reached at all. */
#include "harness/machine_roof.h"
#include "harness/cli.h"
#include "kernels/pool.h"
#include "kernels/registry.h"
#include "models/ternary.h"

#include <string.h>
#include <sys/mman.h>

#define P(stem) extern const tl_probe tl_probe_##stem;
#include "probes.inc"
#undef P

static const tl_probe *const probes[] = {
#define P(stem) &tl_probe_##stem,
#include "probes.inc"
#undef P
};
enum { PROBES = sizeof probes / sizeof *probes };

const tl_probe *const *tl_probes(size_t *count) {
    *count = PROBES;
    return probes;
}

/* A roof is the machine's, whatever --isa hides from kernels. */
static bool here(const tl_probe *p) {
    const tk_isa_state state = tk_isa_state_of(p->isa);
    return state == TK_ISA_OK || state == TK_ISA_MASKED;
}

static const size_t sets[TL_ROOF_SIZES] = {16u << 10, 32u << 10,   128u << 10, 512u << 10,
                                           1u << 20,  1536u << 10, 2u << 20,   4u << 20,
                                           16u << 20, 64u << 20,   256u << 20, 0};

void *tl_pages(size_t bytes, bool huge) {
    size_t align = 2u << 20, total = (bytes + 2 * align - 1) / align * align + align;
    uint8_t *p = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    uint8_t *at = (uint8_t *)(((uintptr_t)p + align - 1) / align * align);
    if (at > p)
        munmap(p, (size_t)(at - p));
    size_t keep = (bytes + align - 1) / align * align, tail = total - (size_t)(at - p) - keep;
    if (tail)
        munmap(at + keep, tail);
    madvise(at, keep, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    memset(at, 1, keep);
    return at;
}

void tl_pages_free(void *p, size_t bytes) {
    size_t align = 2u << 20;
    if (p)
        munmap(p, (bytes + align - 1) / align * align);
}

size_t tl_cold_bytes(bool *is_short) {
    const size_t llc = tk_llc_bytes(), want = llc ? 4 * llc + (64u << 20) : 1u << 30,
                 limit = tm_memory_there() / 3;
    *is_short = want > limit;
    return (*is_short ? limit : want) / 4096 * 4096;
}

typedef struct job {
    const tl_probe *probe;
    const uint8_t *data;
    size_t bytes;
    unsigned streams;
    bool prefetch;
    uint64_t rounds;
} job;

/* What one thread reads of a set: 8 streams of whole 256-byte steps. 0: the set is too small for so many. */
static size_t part_of(size_t bytes, unsigned threads) {
    return bytes / threads / 2048 * 2048;
}

static void work(void *ctx, unsigned i, unsigned threads) {
    const job *j = ctx;
    if (j->probe->kind != TL_PROBE_READ) {
        j->probe->loop(j->rounds);
        return;
    }
    const size_t part = part_of(j->bytes, threads);
    for (uint64_t r = 0; r < j->rounds; r++)
        j->probe->read(j->data + i * part, part, j->streams, j->prefetch);
}

/* Units (bytes, operations) per second; best of `tries` windows of about `window` seconds. How many rounds that
 * takes goes by the best rate seen: time that others had does not count as the window's. No units, no rate: 0.
 */
static double rate(tk_pool *pool, job *j, double units, double window, int tries) {
    double best = 0;
    if (!(units > 0))
        return 0;
    j->rounds = 1;
    for (int t = 0; t < tries;) {
        const double start = tl_seconds();
        tk_pool_run(pool, work, j);
        const double r = units * (double)j->rounds / (tl_seconds() - start);
        best = r > best ? r : best;
        const double needed = units * (double)j->rounds / best;
        if (needed >= window)
            t++;
        else
            j->rounds = needed < window / 64 ? j->rounds * 16
                                             : (uint64_t)((double)j->rounds * 1.3 * window / needed) + 1;
    }
    return best;
}

static void measure_set(tl_roofs *roofs, unsigned at, unsigned set, tk_pool *pool, uint8_t *const data[2],
                        bool quick, tl_roof_sink sink, void *ctx) {
    tl_read_roof *roof = &roofs->read[at][set];
    bool cold = set == TL_ROOF_SIZES - 1;
    *roof = (tl_read_roof){.bytes = cold ? roofs->cold_bytes : sets[set], .cold = cold};
    const size_t moved = part_of(roof->bytes, roofs->threads[at]) * roofs->threads[at];
    if (!moved)
        return;
    unsigned widest = 0;
    for (size_t p = 0; p < PROBES; p++)
        if (probes[p]->kind == TL_PROBE_READ && here(probes[p]) && probes[p]->bits > widest)
            widest = probes[p]->bits;
    for (size_t p = 0; p < PROBES; p++) {
        const tl_probe *probe = probes[p];
        bool usable = probe->kind == TL_PROBE_READ && here(probe);
        if (!usable || probe->bits * 2 < widest)
            continue;
        for (int form = 0; form < 16; form++) {
            bool prefetch = form & 1, huge = !(form & 2);
            unsigned streams = 1u << (form >> 2);
            /* Quick: the widest loads; both page sizes only where TLB reach matters. Still 8 forms. */
            if (quick && (probe->bits != widest || !huge))
                continue;
            job j = {probe, data[huge], roof->bytes, streams, prefetch, 1};
            double gbps = rate(pool, &j, (double)moved, cold ? 0 : quick ? 0.002 : 0.004, 3) / 1e9;
            char name[64];
            snprintf(name, sizeof name, "%s streams=%u prefetch=%d pages=%s", probe->name, streams, prefetch,
                     huge ? "2M" : "4K");
            if (sink)
                sink(ctx, probe, roofs->threads[at], roof->bytes, name, gbps);
            roof->forms++;
            if (gbps > roof->gbps) {
                roof->gbps = gbps;
                snprintf(roof->form, sizeof roof->form, "%s", name);
            }
        }
    }
}

static void measure_peaks(tl_roofs *roofs, unsigned at, tk_pool *pool, bool quick, tl_roof_sink sink,
                          void *ctx) {
    for (size_t p = 0; p < PROBES; p++) {
        const tl_probe *probe = probes[p];
        if (probe->kind == TL_PROBE_READ || !here(probe))
            continue;
        job j = {.probe = probe};
        /* Windows long enough that the clock is the one that wide vectors are given, not a burst. */
        double r = rate(pool, &j, probe->ops * roofs->threads[at], 0.06, quick ? 4 : 8);
        struct tl_peak *peak = probe->kind == TL_PROBE_INT8   ? &roofs->int8[at]
                               : probe->kind == TL_PROBE_TILE ? &roofs->tile[at]
                                                              : &roofs->f32[at];
        if (sink)
            sink(ctx, probe, roofs->threads[at], 0, probe->instruction, r / 1e9);
        if (r > peak->per_second)
            *peak = (struct tl_peak){r, probe};
    }
}

bool tl_roofs_measure(tl_roofs *roofs, const unsigned *threads, unsigned n, bool quick, tl_roof_sink sink,
                      void *ctx) {
    *roofs = (tl_roofs){.nthreads = n < TL_ROOF_THREADS ? n : TL_ROOF_THREADS};
    roofs->cold_bytes = tl_cold_bytes(&roofs->cold_is_short);
    size_t room = roofs->cold_bytes > sets[TL_ROOF_SIZES - 2] ? roofs->cold_bytes : sets[TL_ROOF_SIZES - 2];
    uint8_t *data[2] = {quick ? NULL : tl_pages(room, false), tl_pages(room, true)};
    bool good = data[1] && (quick || data[0]);
    for (unsigned t = 0; good && t < roofs->nthreads; t++) {
        tk_pool *pool = tk_pool_new(threads[t]);
        roofs->threads[t] = threads[t];
        if (!pool) {
            good = false;
            break;
        }
        measure_peaks(roofs, t, pool, quick, sink, ctx);
        for (unsigned s = 0; s < TL_ROOF_SIZES; s++)
            measure_set(roofs, t, s, pool, data, quick, sink, ctx);
        tk_pool_free(pool);
    }
    tl_pages_free(data[0], room);
    tl_pages_free(data[1], room);
    return good;
}

static bool widest(const tl_probe *p) {
    for (size_t i = 0; i < PROBES; i++)
        if (probes[i]->kind == p->kind && here(probes[i]) && probes[i]->bits > p->bits)
            return false;
    return here(p);
}

void tl_roofs_now(tk_pool *pool, const uint8_t *data, size_t bytes, bool cold, bool int8, double *read,
                  double *peak, double *tile) {
    unsigned threads = tk_pool_threads(pool);
    for (size_t i = 0; i < PROBES; i++) {
        const tl_probe *p = probes[i];
        bool other = int8 ? p->kind == TL_PROBE_F32 : p->kind == TL_PROBE_INT8 || p->kind == TL_PROBE_TILE;
        if (other || !widest(p))
            continue;
        if (p->kind != TL_PROBE_READ) {
            job j = {.probe = p};
            double r = rate(pool, &j, p->ops * threads, 0.01, 2);
            double *to = p->kind == TL_PROBE_TILE ? tile : peak;
            *to = r > *to ? r : *to;
            continue;
        }
        for (unsigned form = 0; form < 8; form++) {
            job j = {p, data, bytes, 1u << (form >> 1), form & 1, 1};
            double r =
                rate(pool, &j, (double)(part_of(bytes, threads) * threads), cold ? 0 : 0.002, cold ? 1 : 2) /
                1e9;
            *read = r > *read ? r : *read;
        }
    }
}

void tl_roofs_best(tl_roofs *to, const tl_roofs *from) {
    for (unsigned t = 0; t < to->nthreads; t++) {
        for (unsigned i = 0; i < TL_ROOF_SIZES; i++)
            if (from->read[t][i].gbps > to->read[t][i].gbps)
                to->read[t][i] = from->read[t][i];
        if (from->int8[t].per_second > to->int8[t].per_second)
            to->int8[t] = from->int8[t];
        if (from->tile[t].per_second > to->tile[t].per_second)
            to->tile[t] = from->tile[t];
        if (from->f32[t].per_second > to->f32[t].per_second)
            to->f32[t] = from->f32[t];
    }
}

static int index_of(const tl_roofs *roofs, unsigned threads) {
    for (unsigned t = 0; t < roofs->nthreads; t++)
        if (roofs->threads[t] == threads)
            return (int)t;
    return -1;
}

double tl_roof_dram(const tl_roofs *roofs, unsigned threads) {
    int t = index_of(roofs, threads);
    return t < 0 ? 0 : roofs->read[t][TL_ROOF_SIZES - 1].gbps;
}
