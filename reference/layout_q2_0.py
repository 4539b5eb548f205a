"""Q2_0 (ggml): blocks of 64 weights: F16 scale (here 1.0), then 16 bytes of four neighbours, the first in the low bits."""

import numpy as np

from layout_i2s import weights_b

# weights -1, 0, 0, -1 -> codes 0, 1, 1, 0 -> 0b00010100; 0, 1, 0, 1 -> 1, 2, 1, 2 -> 0b10011001
GOLDEN_B = bytes.fromhex("00 3c 14 99")
HEAD = np.zeros(0, np.uint8)


def pack_blocks(blocks):
    """int64 [blocks][64] -> uint8 [blocks][18]"""
    c = (blocks + 1).reshape(len(blocks), 16, 4)
    codes = (c[:, :, 0] | c[:, :, 1] << 2 | c[:, :, 2] << 4 | c[:, :, 3] << 6).astype(np.uint8)
    return np.concatenate([np.tile(np.array([0x00, 0x3C], np.uint8), (len(blocks), 1)), codes], axis=1)


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
