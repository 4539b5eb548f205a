"""TQ2_0 (ggml): blocks of 256 weights, 64 bytes of codes, F16 scale (here 1.0).

    code of weight i: (qs[32 * (i // 128) + i % 32] >> 2 * ((i % 128) // 32)) & 3 = w + 1
"""

import numpy as np

from layout_i2s import weights_b

GOLDEN_B = bytes.fromhex(
    "54 a1 95 68 25 1a 89 06 22 01 48 40 12 50 84 54 a1 95 68 25 1a 89 06 22 01 48 40 12 50 84 54 a1"
    "22 01 48 40 12 50 84 54 a1 95 68 25 1a 89 06 22 01 48 40 12 50 84 54 a1 95 68 25 1a 89 06 22 01 00 3c"
)
HEAD = np.zeros(0, np.uint8)


def pack_blocks(blocks):
    """int64 [blocks][256] -> uint8 [blocks][66]"""
    codes = blocks + 1
    out = np.zeros((codes.shape[0], 66), np.uint8)
    for i in range(256):
        out[:, 32 * (i // 128) + i % 32] |= (codes[:, i] << (2 * ((i % 128) // 32))).astype(np.uint8)
    out[:, 64:] = (0x00, 0x3C)
    return out


def pack(w, m, k):
    w = np.asarray(w).reshape(m, k).astype(np.int64)
    w = np.pad(w, ((0, 0), (0, -k % 256)))
    rows = [np.concatenate([HEAD, pack_blocks(row.reshape(-1, 256)).reshape(-1)]) for row in w]
    return np.concatenate(rows) if rows else np.zeros(0, np.uint8)


def cases(rng):
    w = weights_b(256)
    packed = pack(w, 1, 256)
    assert packed.tobytes()[: len(GOLDEN_B)] == GOLDEN_B, packed.tobytes().hex(" ")
    yield "golden-b", (1, 256, 1), {"w": w, "packed": packed}
    for m, k in ((1, 256), (3, 512), (2, 768), (0, 256), (5, 2560)):
        w = rng.integers(-1, 2, m * k, dtype=np.int8)
        yield "random", (m, k, 1), {"w": w, "packed": pack(w, m, k)}
    for at in range(0, 256, 7):
        w = np.zeros(256, np.int8)
        w[at] = -1 if at % 2 else 1
        yield "one-hot", (1, 256, 1), {"w": w, "packed": pack(w, 1, 256)}
