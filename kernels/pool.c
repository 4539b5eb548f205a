/* pool.c: a generation counter wakes the workers, a second counter collects them. */
#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* About 20-50 us of spinning before a worker sleeps: longer than the gap between two kernels of a layer,
 * short enough not to burn a core that somebody else wants. */
enum { SPINS = 4000, LINE = 64 };

/* What a thread asks for while it waits; only that thread touches it. */
typedef struct ahead {
    _Alignas(64) const char *at, *end;
} ahead;

struct tk_pool {
    unsigned threads;
    pthread_t *ids;
    ahead *aheads; /* [threads] */
    size_t most_ahead;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    _Alignas(64) atomic_uint generation;
    _Alignas(64) atomic_uint done;
    atomic_uint sleepers;
    atomic_bool quit;
    void (*work)(void *, unsigned, unsigned);
    void *ctx;
    bool pinned;
};

typedef struct seat {
    tk_pool *pool;
    unsigned index;
} seat;

static inline void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* A turn of waiting: some lines of what comes next, or a pause. */
static inline void turn(ahead *a) {
    if (a->at == a->end) {
        relax();
        return;
    }
    for (int i = 0; i < 4 && a->at < a->end; i++, a->at += LINE)
        __builtin_prefetch(a->at, 0, 2);
}

static void wait_for(tk_pool *p, unsigned seen, ahead *a) {
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load_explicit(&p->generation, memory_order_acquire) != seen)
            return;
        turn(a);
    }
    pthread_mutex_lock(&p->lock);
    atomic_fetch_add(&p->sleepers, 1);
    while (atomic_load(&p->generation) == seen)
        pthread_cond_wait(&p->wake, &p->lock);
    atomic_fetch_sub(&p->sleepers, 1);
    pthread_mutex_unlock(&p->lock);
}

static void *worker(void *arg) {
    seat s = *(seat *)arg;
    free(arg);
    for (unsigned seen = 0;;) {
        wait_for(s.pool, seen, &s.pool->aheads[s.index]);
        seen = atomic_load(&s.pool->generation);
        if (atomic_load(&s.pool->quit))
            return NULL;
        s.pool->work(s.pool->ctx, s.index, s.pool->threads);
        atomic_fetch_add_explicit(&s.pool->done, 1, memory_order_release);
    }
}

static void start_round(tk_pool *p) {
    atomic_store(&p->done, 0);
    atomic_fetch_add(&p->generation, 1);
    if (atomic_load(&p->sleepers)) {
        pthread_mutex_lock(&p->lock);
        pthread_cond_broadcast(&p->wake);
        pthread_mutex_unlock(&p->lock);
    }
}

/* The CPUs that the process may use, read before anything is pinned: threads inherit their creator's pin. */
static cpu_set_t allowed;
static pthread_once_t allowed_once = PTHREAD_ONCE_INIT;
static atomic_uint pinned_pools;

static void read_allowed(void) {
    if (sched_getaffinity(0, sizeof allowed, &allowed))
        CPU_ZERO(&allowed);
}

/* Thread i on the i-th CPU that we may use. Left alone, a scheduler now and then puts two spinning threads on
 * one core for many milliseconds, and each then waits for the other's time slice. */
static void pin(tk_pool *p) {
    cpu_set_t one;
    p->pinned = p->threads > 1 && (unsigned)CPU_COUNT(&allowed) >= p->threads;
    for (unsigned cpu = 0, i = 0; p->pinned && cpu < CPU_SETSIZE && i < p->threads; cpu++) {
        if (!CPU_ISSET(cpu, &allowed))
            continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        pthread_setaffinity_np(i ? p->ids[i] : pthread_self(), sizeof one, &one);
        i++;
    }
    if (p->pinned)
        atomic_fetch_add(&pinned_pools, 1);
    for (unsigned i = 1; !p->pinned && i < p->threads; i++)
        pthread_setaffinity_np(p->ids[i], sizeof allowed, &allowed);
}

void tk_pool_unpin(tk_pool *p) {
    if (!p || !p->pinned)
        return;
    p->pinned = false;
    for (unsigned i = 1; i < p->threads; i++)
        pthread_setaffinity_np(p->ids[i], sizeof allowed, &allowed);
    if (atomic_fetch_sub(&pinned_pools, 1) == 1)
        pthread_setaffinity_np(pthread_self(), sizeof allowed, &allowed);
}

tk_pool *tk_pool_new(unsigned threads) {
    tk_pool *p = aligned_alloc(64, (sizeof *p + 63) / 64 * 64);
    if (!p)
        return NULL;
    pthread_once(&allowed_once, read_allowed);
    const long l2 = sysconf(_SC_LEVEL2_CACHE_SIZE);
    *p = (tk_pool){.threads = 1,
                   .ids = calloc(threads, sizeof *p->ids),
                   .aheads = aligned_alloc(64, threads * sizeof *p->aheads),
                   .most_ahead = l2 > 0 ? (size_t)l2 / 4 : 0};
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    for (unsigned i = 0; p->aheads && i < threads; i++)
        p->aheads[i] = (ahead){0};
    for (unsigned i = 1; p->ids && p->aheads && i < threads; i++) {
        seat *s = malloc(sizeof *s);
        if (s)
            *s = (seat){p, i};
        if (!s || pthread_create(&p->ids[i], NULL, worker, s)) {
            free(s);
            break;
        }
        p->threads = i + 1;
    }
    if (p->threads != threads || !p->aheads) {
        tk_pool_free(p);
        return NULL;
    }
    pin(p);
    return p;
}

void tk_pool_free(tk_pool *p) {
    if (!p)
        return;
    tk_pool_unpin(p);
    atomic_store(&p->quit, true);
    start_round(p);
    for (unsigned i = 1; i < p->threads; i++)
        pthread_join(p->ids[i], NULL);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    free(p->ids);
    free(p->aheads);
    free(p);
}

unsigned tk_pool_threads(const tk_pool *p) {
    return p->threads;
}

void tk_pool_run(tk_pool *p, void (*work)(void *, unsigned, unsigned), void *ctx) {
    if (p->threads == 1) {
        work(ctx, 0, 1);
        return;
    }
    p->work = work;
    p->ctx = ctx;
    start_round(p);
    work(ctx, 0, p->threads);
    for (int i = 0; atomic_load_explicit(&p->done, memory_order_acquire) != p->threads - 1; i++) {
        turn(&p->aheads[0]);
        if (i > SPINS) /* a worker has no core: give it ours */
            sched_yield();
    }
}

void tk_pool_ahead(tk_pool *p, unsigned i, const void *at, size_t bytes) {
    const size_t lines = (bytes < p->most_ahead ? bytes : p->most_ahead) / LINE;
    p->aheads[i].at = at;
    p->aheads[i].end = (const char *)at + lines * LINE;
}

void tk_part(size_t total, size_t step, unsigned i, unsigned n, size_t *begin, size_t *end) {
    size_t s = step ? step : 1, units = (total + s - 1) / s;
    size_t b = (size_t)i * (units / n) + (i < units % n ? i : units % n);
    size_t e = b + units / n + (i < units % n);
    *begin = b * s < total ? b * s : total;
    *end = e * s < total ? e * s : total;
}

typedef struct job {
    void (*call)(const tk_args *);
    const tk_args *whole;
    size_t extent, step;
} job;

static void run_part(void *ctx, unsigned i, unsigned threads) {
    const job *j = ctx;
    tk_args a = *j->whole;
    tk_part(j->extent, j->step, i, threads, &a.begin, &a.end);
    j->call(&a);
}

void tk_pool_kernel(tk_pool *p, const tk_kernel *k, const tk_args *whole, size_t extent, bool prepare,
                    bool run) {
    if (prepare && k->prepare)
        tk_pool_run(p, run_part, &(job){k->prepare, whole, extent, k->step});
    if (run)
        tk_pool_run(p, run_part, &(job){k->run, whole, extent, k->step});
}
