"""IQ2_BN (ik_llama.cpp): a row is an f32 scale (here 1.0) and blocks of 64 weights in 16 bytes.

    qs[j] = c[j] | c[j + 16] << 2 | c[j + 32] << 4 | c[j + 48] << 6, c = w + 1
"""

import numpy as np

from layout_i2s import weights_b

GOLDEN_B = bytes.fromhex("00 00 80 3f 14 45 91 64 99 a6 69 1a 06 81 20 08 02 40 50 14")
HEAD = np.array([0, 0, 0x80, 0x3F], np.uint8)


def pack_blocks(blocks):
    """int64 [blocks][64] -> uint8 [blocks][16]"""
    c = blocks + 1
    return (c[:, :16] | c[:, 16:32] << 2 | c[:, 32:48] << 4 | c[:, 48:] << 6).astype(np.uint8)


def pack(w, m, k):
    w = np.asarray(w).reshape(m, k).astype(np.int64)
    w = np.pad(w, ((0, 0), (0, -k % 64)))
    rows = [np.concatenate([HEAD, pack_blocks(row.reshape(-1, 64)).reshape(-1)]) for row in w]
    return np.concatenate(rows) if rows else np.zeros(0, np.uint8)


def cases(rng):
    w = weights_b(64)
    packed = pack(w, 1, 64)
    assert packed.tobytes()[: len(GOLDEN_B)] == GOLDEN_B, packed.tobytes().hex(" ")
    yield "golden-b", (1, 64, 1), {"w": w, "packed": packed}
    for m, k in ((1, 64), (3, 128), (2, 320), (0, 64), (5, 640), (2, 3200)):
        w = rng.integers(-1, 2, m * k, dtype=np.int8)
        yield "random", (m, k, 1), {"w": w, "packed": pack(w, m, k)}
    for at in range(0, 64, 7):
        w = np.zeros(64, np.int8)
        w[at] = -1 if at % 2 else 1
        yield "one-hot", (1, 64, 1), {"w": w, "packed": pack(w, 1, 64)}
