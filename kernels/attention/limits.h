/* limits.h: what attention kernels have room for. */
#ifndef TK_ATTENTION_LIMITS_H
#define TK_ATTENTION_LIMITS_H

enum { ATTENTION_HEADS = 16, ATTENTION_DIM = 512 }; /* query heads that share a KV head; values of a head */

#endif
