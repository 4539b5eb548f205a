/* lora.h: a LoRA adapter beside a frozen model (Hu et al., LoRA: Low-Rank Adaptation of Large Language Models,
 * 2021): a projection's result becomes W q(x) + (alpha / rank) B (A x), x being the float32 activations that
 * were quantised for W.
 *
 * The file is GGUF as llama.cpp's convert_lora_to_gguf.py writes and its src/llama-adapter.cpp reads it:
 *
 *   general.type = "adapter"     general.architecture = the model's     adapter.type = "lora"
 *   adapter.lora.alpha: F32; 0 or none: the factor is 1
 *   NAME.lora_a: ne = {K, rank}  NAME.lora_b: ne = {rank, M}            NAME is the projection's tensor
 *
 * Ranks may differ from one projection to another, and not all need to have a pair. */
#ifndef TM_LORA_H
#define TM_LORA_H

#include "models/model.h"

#define TM_LORA_A     "lora_a"
#define TM_LORA_B     "lora_b"
#define TM_LORA_TYPE  "adapter.type"
#define TM_LORA_ALPHA "adapter.lora.alpha"

struct tm_lora { /* one allocation, which its matrix frees */
    size_t rank;
    float factor;
    float *a, *b; /* [rank][k], [m][rank], finite */
};

/* Gives the model's matrices their pairs. Refused is what would be ignored otherwise: another architecture,
 * other kinds of adapters, tensors that belong to no projection of this model, halves of pairs. False: err. */
bool tm_lora_read(tm_model *, const char *path, tm_error *err);

#endif
