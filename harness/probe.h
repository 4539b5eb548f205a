/* probe.h: loops that measure what the hardware can do; one file per ISA in harness/probes/.
 * The loop bodies are inline assembly: the instructions are certain, and a test disassembles them. */
#ifndef TL_PROBE_H
#define TL_PROBE_H

#include "kernels/kernel.h"

typedef enum { TL_PROBE_READ, TL_PROBE_INT8, TL_PROBE_F32, TL_PROBE_TILE } tl_probe_kind;
typedef struct tl_probe {
    const char *name; /* "int8__avx512vnni" */
    const tk_isa *isa;
    tl_probe_kind kind;
    const char *instruction; /* what the loop is made of */
    unsigned bits;           /* width of a load or register */
    double ops;              /* MACs (int8, tile) or multiplies (f32) per iteration of loop */
    void (*loop)(uint64_t iterations);
    /* Loads every byte of [p, p + bytes) once, in `streams` (1, 2, 4, 8) equal sequential streams; bytes is a
     * multiple of 4096, p 64-byte aligned. */
    void (*read)(const uint8_t *p, size_t bytes, unsigned streams, bool prefetch);
} tl_probe;

const tl_probe *const *tl_probes(size_t *count);

/* The body of a read probe, given LOAD256(address): loads 256 bytes there. */
#define TL_READ_STREAMS(p, bytes, streams, prefetch)                                                           \
    do {                                                                                                       \
        size_t part_ = (bytes) / (streams);                                                                    \
        for (size_t i_ = 0; i_ < part_; i_ += 256)                                                             \
            for (unsigned s_ = 0; s_ < (streams); s_++) {                                                      \
                const uint8_t *at_ = (p) + s_ * part_ + i_;                                                    \
                if (prefetch)                                                                                  \
                    for (int l_ = 0; l_ < 4; l_++)                                                             \
                        __builtin_prefetch(at_ + 4096 + 64 * l_, 0, 3);                                        \
                LOAD256(at_);                                                                                  \
            }                                                                                                  \
    } while (0)
#define TL_READ_FORMS(p, bytes, streams, prefetch)                                                             \
    switch ((streams)*2 + (prefetch)) {                                                                        \
    case 2:                                                                                                    \
        TL_READ_STREAMS(p, bytes, 1u, 0);                                                                      \
        break;                                                                                                 \
    case 3:                                                                                                    \
        TL_READ_STREAMS(p, bytes, 1u, 1);                                                                      \
        break;                                                                                                 \
    case 4:                                                                                                    \
        TL_READ_STREAMS(p, bytes, 2u, 0);                                                                      \
        break;                                                                                                 \
    case 5:                                                                                                    \
        TL_READ_STREAMS(p, bytes, 2u, 1);                                                                      \
        break;                                                                                                 \
    case 8:                                                                                                    \
        TL_READ_STREAMS(p, bytes, 4u, 0);                                                                      \
        break;                                                                                                 \
    case 9:                                                                                                    \
        TL_READ_STREAMS(p, bytes, 4u, 1);                                                                      \
        break;                                                                                                 \
    case 16:                                                                                                   \
        TL_READ_STREAMS(p, bytes, 8u, 0);                                                                      \
        break;                                                                                                 \
    case 17:                                                                                                   \
        TL_READ_STREAMS(p, bytes, 8u, 1);                                                                      \
        break;                                                                                                 \
    default:                                                                                                   \
        break;                                                                                                 \
    }

#endif
