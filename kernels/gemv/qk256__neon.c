/* QK256 x int8 for every AArch64: the layout is in layouts/qk256.h, the loop in gemv/codes2_neon.h. */
#include "layouts/qk256.h"

#include "gemv/codes2_neon.h"

TK_KERNEL(gemv_qk256__neon, CODES2_NEON);
