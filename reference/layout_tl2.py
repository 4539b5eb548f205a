"""TL2 (bitnet.cpp, utils/codegen_tl2.py): triples of weights as |9 w0 + 3 w1 + w2| in a nibble and a sign bit, what is left
of K behind whole tiles of BY = 96 columns as pairs. Tiles of rows as in layout_tl1.py. Index by index.
"""

import numpy as np

PRESETS = {(1536, 1536): (128, 192)}


def tiles(m, k):
    return PRESETS.get((m, k)) or (next(b for b in (320, 256, 160, 128, 64, 32) if m % b == 0), 96)


def position(r):
    return np.array([0, 2, 1, 3])[r // 8] * 8 + r % 8


def pack(w, m, k):
    big, wide = tiles(m, k)
    k3 = k // wide * wide
    k2 = k - k3
    w = np.asarray(w).reshape(m, k).astype(np.int64)
    out = np.zeros(5 * k3 * m // 24 + k2 * m // 4, np.int64)
    row, p = (a.ravel() for a in np.meshgrid(np.arange(m), np.arange(k3 // 3), indexing="ij"))
    v = 9 * w[row, 3 * p] + 3 * w[row, 3 * p + 1] + w[row, 3 * p + 2]
    pb, r = p % (wide // 3), row % 32
    blk = (row // big * (k3 // wide) + 3 * p // wide) * (big // 32) + row % big // 32
    np.add.at(out, (blk * (wide // 6) + pb // 2) * 32 + position(r), np.abs(v) << np.where(pb % 2 == 0, 4, 0))
    bit = 15 - 2 * (pb % 8) - (r >= 16)
    word = k3 * m // 6 + (blk * (wide // 24) + pb // 8) * 32 + 2 * (r % 16)
    np.add.at(out, word + bit // 8, (v < 0).astype(np.int64) << bit % 8)
    row, p = (a.ravel() for a in np.meshgrid(np.arange(m), np.arange(k2 // 2), indexing="ij"))
    index = 3 * w[row, k3 + 2 * p] + w[row, k3 + 2 * p + 1] + 4
    tile = (row // big * (k2 // 32) + 2 * p // 32) * (big // 32) + row % big // 32
    np.add.at(out, 5 * k3 * m // 24 + (tile * 8 + p % 16 // 2) * 32 + position(row % 32), index << np.where(p % 2 == 0, 4, 0))
    return out.astype(np.uint8)


def cases(rng):
    for m, k in ((32, 96), (32, 32), (64, 128), (160, 32), (96, 160), (0, 96)):
        w = rng.integers(-1, 2, m * k, dtype=np.int8)
        yield "random", (m, k, 1), {"w": w, "packed": pack(w, m, k) if m else np.zeros(0, np.uint8)}
    for at in (0, 1, 95, 128 * 17 + 100, 128 * 31 + 127):
        w = np.zeros(32 * 128, np.int8)
        w[at] = -1 if at % 2 else 1
        yield "one-hot", (32, 128, 1), {"w": w, "packed": pack(w, 32, 128)}
