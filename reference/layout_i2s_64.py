"""I2_S in groups of 64 (bitnet.cpp on ARM): byte = 16 * (e // 64) + e % 16, shift = 6 - 2 * ((e % 64) // 16)."""

import numpy as np

from layout_i2s import weights_b

GOLDEN_B = bytes.fromhex("14 51 46 19 66 9a 69 a4 90 42 08 20 80 01 05 14 66 9a 69 a4 90 42 08 20 80 01 05 14 51 46 19 66")
HEAD = np.zeros(0, np.uint8)


def pack_blocks(blocks):
    """int64 [blocks][64] -> uint8 [blocks][16]"""
    out = np.zeros((len(blocks), 16), np.int64)
    for e in range(64):
        out[:, e % 16] |= (blocks[:, e] + 1) << (6 - 2 * (e // 16))
    return out.astype(np.uint8)


def pack(w, m, k):
    w = np.asarray(w).reshape(m, k).astype(np.int64)
    w = np.pad(w, ((0, 0), (0, -k % 64)))
    rows = [np.concatenate([HEAD, pack_blocks(row.reshape(-1, 64)).reshape(-1)]) for row in w]
    return np.concatenate(rows) if rows else np.zeros(0, np.uint8)


def cases(rng):
    w = weights_b(128)
    packed = pack(w, 1, 128)
    assert packed.tobytes()[: len(GOLDEN_B)] == GOLDEN_B, packed.tobytes().hex(" ")
    yield "golden-b", (1, 128, 1), {"w": w, "packed": packed}
    for m, k in ((1, 64), (3, 128), (2, 320), (0, 64), (5, 640), (2, 3200)):
        w = rng.integers(-1, 2, m * k, dtype=np.int8)
        yield "random", (m, k, 1), {"w": w, "packed": pack(w, m, k)}
    for at in range(0, 64, 7):
        w = np.zeros(64, np.int8)
        w[at] = -1 if at % 2 else 1
        yield "one-hot", (1, 64, 1), {"w": w, "packed": pack(w, 1, 64)}
