/* config.h: what a model's metadata says of its shape (llama.cpp's keys; BitNet b1.58 2B-4T technical report).
 */
#ifndef TM_CONFIG_H
#define TM_CONFIG_H

#include "models/gguf/gguf.h"

typedef struct tm_config {
    char arch[32];             /* general.architecture */
    uint32_t layers, dim, ffn; /* dim = width of the residual stream */
    uint32_t heads, kv_heads, head_dim;
    uint32_t vocab, context;
    float eps; /* of every RMSNorm */
    double rope_base;
    bool rope_pairs; /* llama: pairs (2i, 2i+1); bitnet: (i, i + head_dim/2) */
    bool relu2;      /* max(gate, 0)^2 * up; else SiLU(gate) * up */
    bool sub_norms;  /* an RMSNorm before attn_output and before ffn_down */
} tm_config;

/* Reads and checks the shape of a model: architectures bitnet-b1.58, bitnet-25, bitnet and llama. False: err.
 */
bool tm_config_read(tm_config *, const tm_gguf *, tm_error *err);

#endif
