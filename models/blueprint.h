/* blueprint.h: what the file of a model of a given shape holds: its keys and its tensors, in the order of the
 * file. Synthetic models and trained ones share it. */
#ifndef TM_BLUEPRINT_H
#define TM_BLUEPRINT_H

#include "models/gguf/gguf.h"

typedef struct tm_preset {
    const char *name, *arch;
    uint32_t layers, dim, ffn, heads, kv_heads, head_dim, vocab, context;
    double rope_base;
    bool own_head;
} tm_preset;

typedef enum tm_plan_kind { TM_PLAN_TERNARY, TM_PLAN_FLOATS, TM_PLAN_NORM } tm_plan_kind;

typedef struct tm_plan {
    char name[48];
    uint32_t type, dims;
    uint64_t ne[4], bytes; /* ne[0] = K, ne[1] = M */
    tm_plan_kind kind;
} tm_plan;

enum { TM_FILE_ALIGNMENT = 64 };
/* What one layer of an architecture with sub-norms has, in this order, behind the embedding. */
enum {
    TM_ATTN_NORM,
    TM_ATTN_Q,
    TM_ATTN_K,
    TM_ATTN_V,
    TM_ATTN_SUB_NORM,
    TM_ATTN_OUTPUT,
    TM_FFN_NORM,
    TM_FFN_GATE,
    TM_FFN_UP,
    TM_FFN_SUB_NORM,
    TM_FFN_DOWN,
    TM_LAYER_TENSORS
};

size_t tm_plan_most(const tm_preset *); /* room that a plan needs */
/* Fills the plan: matrices of type `weights`, embedding and head of type `head`, norms F32. *count tensors.
 * NULL, or why not (a shape that a type does not hold; *at is the tensor). */
const char *tm_plan_make(tm_plan *, const tm_preset *, uint32_t weights, uint32_t head, size_t *count,
                         const char **at);

/* Architecture, name, counts, eps 1e-5, base of the angles. False: no memory. */
bool tm_put_shape(tm_writer *, const tm_preset *, const char *name);
/* The projections of a block: blk.<n>.{attn_q,attn_k,attn_v,attn_output,ffn_gate,ffn_up,ffn_down}.weight. */
bool tm_is_projection(tm_str name);
/* Announces the tensors, and by the first projection general.file_type. False: no memory. */
bool tm_put_plan(tm_writer *, const tm_plan *, size_t count);

#endif
