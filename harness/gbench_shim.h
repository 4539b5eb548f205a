/* gbench_shim.h: Google Benchmark for C. It drives the repetitions; the time of each is ours (manual time). */
#ifndef TL_GBENCH_SHIM_H
#define TL_GBENCH_SHIM_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_gbench_case {
    const char *name;
    unsigned repetitions; /* at most; one = one call of block */
    double (*block)(
        void *ctx); /* runs one randomised block; returns seconds of what was timed, < 0 to stop early */
    void (*begin)(void *ctx); /* before the first repetition */
    void (*end)(void *ctx);   /* after the last */
    void *ctx;
} tl_gbench_case;

/* Runs the cases in order. 0, or non-zero when the library refused one. */
int tl_gbench_run(const tl_gbench_case *cases, unsigned count);

#ifdef __cplusplus
}
#endif

#endif
