/* model.h: what the commands that run a model share: their options, loading, a session. */
#ifndef TL_MODEL_H
#define TL_MODEL_H

#include "harness/cli.h"
#include "models/session.h"

typedef struct tl_model_choice {
    tl_selection sel; /* --kernel, --isa, --choice, --strict */
    const char *model, *lora, *cache, *head, *screen, *repack, *i2s_order, *tl;
    uint64_t threads, context, pass;
    bool large_pages, fewer; /* fewer sequences, if memory cannot hold the caches */
} tl_model_choice;

/* What no file says of its weights. */
#define TL_READING_OPTIONS(order, tiles)                                                                       \
    {"i2s-order",                                                                                              \
     TL_OPT_TEXT,                                                                                              \
     &(order),                                                                                                 \
     "ORDER",                                                                                                  \
     "of I2_S weights in the file: 128 (x86), 64 (ARM since Nov 2025) or 4-row; default: 128",                 \
     0,                                                                                                        \
     0},                                                                                                       \
    {                                                                                                          \
        "tl", TL_OPT_TEXT, &(tiles), "BM,BY,bm",                                                               \
            "tiles of TL1 and TL2 weights in the file, or \"preset\": bitnet.cpp's; default: such a file is "  \
            "refused",                                                                                         \
            0, 0                                                                                               \
    }

#define TL_MODEL_OPTIONS(c)                                                                                     \
    {"model", TL_OPT_TEXT, &(c).model, "FILE", "the model, a GGUF file; default: the built-in model", 0, 0},    \
        {"lora", TL_OPT_TEXT, &(c).lora, "FILE", "a LoRA adapter of that model, a GGUF file; default: none", 0, \
         0},                                                                                                    \
        {"threads", TL_OPT_COUNT,  &(c).threads, "N", "threads; default: the cores that may be used",           \
         1,         TL_MAX_THREADS},                                                                            \
        {"context", TL_OPT_COUNT, &(c).context, "N", "positions of the KV cache; default: the model's",         \
         1,         1 << 24},                                                                                   \
        {"pass", TL_OPT_COUNT, &(c).pass, "N", "most tokens in one pass through the weights; default: 128",     \
         1,      65536},                                                                                        \
        {"cache", TL_OPT_TEXT, &(c).cache, "TYPE", "of the KV cache: f16 or i8; default: f16", 0, 0},           \
        {"head-activations",                                                                                    \
         TL_OPT_TEXT,                                                                                           \
         &(c).head,                                                                                             \
         "TYPE",                                                                                                \
         "f32, or a16: rounded to 16 bits, for heads of Q6_K and Q8_0; default: f32",                           \
         0,                                                                                                     \
         0},                                                                                                    \
        {"head-screen",                                                                                         \
         TL_OPT_TEXT,                                                                                           \
         &(c).screen,                                                                                           \
         "TYPE",                                                                                                \
         "greedy and top-k: what finds the rows that can win: off (all logits are computed), q6_k or q8_0 (a "  \
         "copy of an F16, BF16 or F32 head); default: a Q6_K or Q8_0 head's own rows",                          \
         0,                                                                                                     \
         0},                                                                                                    \
        {"repack",                                                                                              \
         TL_OPT_TEXT,                                                                                           \
         &(c).repack,                                                                                           \
         "LAYOUT",                                                                                              \
         "pack the weights anew (b2x, b3, i2s, ...); default: use the file's in place",                         \
         0,                                                                                                     \
         0},                                                                                                    \
        {"hugepages",                                                                                           \
         TL_OPT_FLAG,                                                                                           \
         &(c).large_pages,                                                                                      \
         NULL,                                                                                                  \
         "copy the weights into 2 MiB pages (load time for decode speed); default: use the mapped file",        \
         0,                                                                                                     \
         0},                                                                                                    \
        TL_READING_OPTIONS((c).i2s_order, (c).tl),                                                              \
        {"kernel",                                                                                              \
         TL_OPT_TEXT,                                                                                           \
         &(c).sel.kernel,                                                                                       \
         "GLOB",                                                                                                \
         "ternary products use matching variants only, e.g. @(gemv_b3*|gemm_b3__amx); default: what dispatch "  \
         "picks",                                                                                               \
         0,                                                                                                     \
         0},                                                                                                    \
        {"isa", TL_OPT_TEXT, &(c).sel.isa, "LIST", "allow only these ISA rows ($TERNLAB_ISA); default: all", 0, \
         0},                                                                                                    \
        {"strict", TL_OPT_FLAG, &(c).sel.strict, NULL, "make any fallback to a lesser variant an error", 0, 0}, \
        TL_CHOICE_OPTION((c).sel)

/* What the options say of a session. */
tm_session_options tl_session_options(const tl_model_choice *, unsigned sequences);

/* Of --i2s-order and --tl. TL_GOOD, or TL_BAD (printed). */
int tl_reading_of(tm_reading *, const char *i2s_order, const char *tl);
/* Checks the options' words. TL_GO_ON, or TL_BAD (printed). */
int tl_model_check(tl_model_choice *);
/* What messages call it: the file's name, or "built-in model". */
const char *tl_model_name(const tl_model_choice *);
/* Loads the model (built-in where none was given) and makes a session of `sequences`. TL_GO_ON or TL_BAD
 * (printed, nothing left). `session` may be NULL: the model alone. */
int tl_model_open(tl_model_choice *, unsigned sequences, tm_model **, tm_session **session);

/* Prints an error of models/, which says the place itself, and returns TL_BAD. */
int tl_refused(const tm_error *);

#endif
