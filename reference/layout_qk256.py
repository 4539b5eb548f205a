"""QK256 (BitNet-rs, later revision): rows filled up to 256 weights with zeros, then I2_S: two groups of 128 in 64 bytes."""

import numpy as np

from layout_i2s import weights_b

# I2_S of pattern B, then a group of zero weights
GOLDEN_B = bytes.fromhex(
    "15 4a 56 29 58 a4 62 90 88 40 21 01 84 05 12 15 4a 56 29 58 a4 62 90 88 40 21 01 84 05 12 15 4a"
) + bytes([0x55]) * 32
HEAD = np.zeros(0, np.uint8)


def pack_blocks(blocks):
    """int64 [blocks][256] -> uint8 [blocks][64]"""
    out = np.zeros((len(blocks), 64), np.int64)
    for e in range(256):
        out[:, 32 * (e // 128) + e % 32] |= (blocks[:, e] + 1) << (6 - 2 * ((e % 128) // 32))
    return out.astype(np.uint8)


def pack(w, m, k):
    w = np.asarray(w).reshape(m, k).astype(np.int64)
    w = np.pad(w, ((0, 0), (0, -k % 256)))
    rows = [np.concatenate([HEAD, pack_blocks(row.reshape(-1, 256)).reshape(-1)]) for row in w]
    return np.concatenate(rows) if rows else np.zeros(0, np.uint8)


def cases(rng):
    w = weights_b(128)
    packed = pack(w, 1, 128)
    assert packed.tobytes()[: len(GOLDEN_B)] == GOLDEN_B, packed.tobytes().hex(" ")
    yield "golden-b", (1, 128, 1), {"w": w, "packed": packed}
    for m, k in ((1, 256), (3, 128), (2, 300), (0, 256), (5, 1), (2, 2560)):
        w = rng.integers(-1, 2, m * k, dtype=np.int8)
        yield "random", (m, k, 1), {"w": w, "packed": pack(w, m, k)}
    for at in range(0, 256, 7):
        w = np.zeros(256, np.int8)
        w[at] = -1 if at % 2 else 1
        yield "one-hot", (1, 256, 1), {"w": w, "packed": pack(w, 1, 256)}
