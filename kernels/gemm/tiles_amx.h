/* tiles_amx.h: the tile unit: eight tiles of 16 rows of 64 bytes. TDPB*D adds the products of 16 x 64 bytes
 * with 64 x 16, the second in groups of four columns ([16 groups][16][4]), to 16 x 16 int32 in 16 cycles. */
#ifndef TK_TILES_AMX_H
#define TK_TILES_AMX_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

enum { TILE = 1024, TILE_COLUMNS = 64 }; /* bytes of a tile; columns that it holds of a row */

/* What LDTILECFG loads: palette 1, all eight tiles 16 rows of 64 bytes (Intel SDM, volume 1, chapter 18). */
typedef struct tile_config {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_config;

static inline void tiles_on(void) {
    tile_config c = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        c.row_bytes[i] = 64;
        c.rows[i] = 16;
    }
    _tile_loadconfig(&c);
}

static inline size_t padded(size_t n, size_t to) {
    return (n + to - 1) / to * to;
}

#endif
