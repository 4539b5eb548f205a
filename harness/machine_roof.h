/* machine_roof.h: what this machine can do at most, measured now. */
#ifndef TL_MACHINE_ROOF_H
#define TL_MACHINE_ROOF_H

#include "harness/probe.h"
#include "kernels/pool.h"

enum { TL_ROOF_SIZES = 12, TL_ROOF_THREADS = 8 };

/* The best of all probe forms for one working set and thread count, and the form that won. */
typedef struct tl_read_roof {
    size_t bytes;
    bool cold; /* more than 4x the last-level cache (or as much as memory allowed: see cold_is_short) */
    double gbps;
    char form[64];  /* "read__avx512 streams=4 prefetch=1 pages=2M" */
    unsigned forms; /* how many were tried; 0: the set is too small for so many threads */
} tl_read_roof;

typedef struct tl_roofs {
    unsigned nthreads, threads[TL_ROOF_THREADS];
    tl_read_roof read[TL_ROOF_THREADS][TL_ROOF_SIZES];
    struct tl_peak {
        double per_second; /* MACs (int8, tile) or f32 multiplies */
        const tl_probe *probe;
    } int8[TL_ROOF_THREADS], f32[TL_ROOF_THREADS], tile[TL_ROOF_THREADS]; /* tile: probe NULL without AMX */
    size_t cold_bytes;
    bool cold_is_short; /* memory did not allow 4x the last-level cache */
} tl_roofs;

/* A callback for every probe form that was timed (may be NULL): machine's CSV names each. */
typedef void (*tl_roof_sink)(void *ctx, const tl_probe *, unsigned threads, size_t bytes, const char *form,
                             double rate);

/* Measures read roofs for every working set and the compute peaks at each thread count. Takes about 2 s a
 * thread count when quick, 8 s otherwise. False: memory or threads could not be had. */
bool tl_roofs_measure(tl_roofs *, const unsigned *threads, unsigned n, bool quick, tl_roof_sink, void *ctx);

/* The roofs of this moment for one working set: GB/s read and int8 or f32 operations a second, with the pool's
 * threads. `data` holds `bytes` readable bytes, 64-byte aligned; cold: they are more than the caches hold.
 * Raises *read, *peak and *tile (AMX; left alone without) where the new figure is higher. Takes about 50 ms
 * (cold: eight passes over the data).
 */
void tl_roofs_now(tk_pool *, const uint8_t *data, size_t bytes, bool cold, bool int8, double *read,
                  double *peak, double *tile);

/* Raises every roof of `to` to that of `from` where the latter is higher; both of the same thread counts. */
void tl_roofs_best(tl_roofs *to, const tl_roofs *from);

/* DRAM read roof in GB/s; 0 if it was not measured with that many threads. */
double tl_roof_dram(const tl_roofs *, unsigned threads);

/* Bytes to rotate through so that nothing is found in a cache: over 4x the last-level cache, at most a third of
 * the memory that is free; *is_short says that the latter was less. */
size_t tl_cold_bytes(bool *is_short);

/* Anonymous memory, touched, in 2 MiB pages where `huge` and the system gives them. NULL if there is none. */
void *tl_pages(size_t bytes, bool huge);
void tl_pages_free(void *, size_t bytes);

#endif
