"""TL1 (bitnet.cpp, utils/codegen_tl1.py): pairs of weights as 3 w0 + w1 + 4 in a nibble, in tiles of BM x BY.

Shapes of bitnet.cpp's presets have the presets' tiles; others the largest BM of 320, 256, 160, 128, 64, 32 that divides M,
BY = 128, 64 or 32 by K, blocks of bm = 32 rows. Written from the description of the format, index by index.
"""

import numpy as np

PRESETS = {(1536, 4096): (256, 128, 32), (1536, 1536): (128, 64, 64), (4096, 4096): (128, 64, 32)}


def tiles(m, k):
    return PRESETS.get((m, k)) or (next(b for b in (320, 256, 160, 128, 64, 32) if m % b == 0), next(b for b in (128, 64, 32) if k % b == 0), 32)


def pack(w, m, k):
    big, wide, bm = tiles(m, k)
    by = 256 // bm
    row, p = (a.ravel() for a in np.meshgrid(np.arange(m), np.arange(k // 2), indexing="ij"))
    w = np.asarray(w).reshape(m, k).astype(np.int64)
    index = 3 * w[row, 2 * p] + w[row, 2 * p + 1] + 4
    t, mb, r16, lane = row // big, row % big // bm, row % bm // 16, row % 16
    kb, pb = 2 * p // wide, p % (wide // 2)
    kby, q = pb // (by // 2), pb % (by // 2)
    byte = (((((t * (k // wide) + kb) * (big // bm) + mb) * (wide // by) + kby) * (bm // 16) + r16) * (by // 4) + q // 2) * 16 + lane
    out = np.zeros(m * k // 4, np.int64)
    np.add.at(out, byte, index << np.where(q % 2 == 0, 4, 0))
    return out.astype(np.uint8)


def cases(rng):
    for m, k in ((32, 32), (64, 96), (160, 64), (96, 128), (0, 32)):
        w = rng.integers(-1, 2, m * k, dtype=np.int8)
        yield "random", (m, k, 1), {"w": w, "packed": pack(w, m, k) if m else np.zeros(0, np.uint8)}
    for at in (0, 1, 31, 32 * 17 + 5, 32 * 64 - 1):
        w = np.zeros(32 * 64, np.int8)
        w[at] = -1 if at % 2 else 1
        yield "one-hot", (32, 64, 1), {"w": w, "packed": pack(w, 32, 64)}
