"""PQ2_0 (PrismML's llama.cpp, type 142): Q2_0 with blocks of 128 weights: F16 scale (here 1.0), then 32 bytes of four
neighbours, the first in the low bits."""

import numpy as np

from layout_i2s import weights_b

# Of 128 weights of the pattern, by the steps of the format's own C quantiser.
GOLDEN_B = bytes.fromhex(
    "00 3c 14 99 06 02 45 a6 81 40 91 69 20 50 64 1a 08 14 99 06 02 45 a6 81 40 91 69 20 50 64 1a 08 14 99"
)


def pack(w, m, k):
    blocks = np.asarray(w).reshape(-1, 32, 4).astype(np.int64) + 1
    codes = (blocks << np.array([0, 2, 4, 6])).sum(2).astype(np.uint8)
    scale = np.tile(np.array([0x00, 0x3C], np.uint8), (len(blocks), 1))
    return np.concatenate([scale, codes], axis=1).reshape(-1)


def cases(rng):
    w = weights_b(128)
    packed = pack(w, 1, 128)
    assert packed.tobytes() == GOLDEN_B, packed.tobytes().hex(" ")
    yield "golden-b", (1, 128, 1), {"w": w, "packed": packed}
    for m, k in ((1, 128), (3, 256), (0, 128), (2, 640)):
        w = rng.integers(-1, 2, m * k, dtype=np.int8)
        yield "random", (m, k, 1), {"w": w, "packed": pack(w, m, k)}
    for at in range(0, 128, 7):
        w = np.zeros(128, np.int8)
        w[at] = -1 if at % 2 else 1
        yield "one-hot", (1, 128, 1), {"w": w, "packed": pack(w, 1, 128)}
