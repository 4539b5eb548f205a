"""IQ2_BN_R4 (ik_llama.cpp, type 335): IQ2_BN with four rows interleaved: four f32 scales (here 1.0), then 64 bytes for
64 columns.

    row r, column 64b + 16l + 4f + i (i, f, l < 4)   byte 64b + 16l + 4r + i, bits 2f and up
"""

import numpy as np

from layout_i2s import weights_b

HEAD = np.tile(np.array([0, 0, 0x80, 0x3F], np.uint8), 4)
# Rows 0..3 = weights 0..255 of the pattern, by the steps of the format's own C repacking.
GOLDEN_B = bytes.fromhex(
    "00 00 80 3f 00 00 80 3f 00 00 80 3f 00 00 80 3f a4 19 05 08 69 46 01 42 9a 51 80 90 66 14 20 a4"
    "19 05 08 69 46 01 42 9a 51 80 90 66 14 20 a4 19 05 08 69 46 01 42 9a 51 80 90 66 14 20 a4 19 05"
    "08 69 46 01 42 9a 51 80 90 66 14 20 a4 19 05 08"
)


def pack(w, m, k):
    c = np.asarray(w).reshape(m // 4, 4, k // 16, 4, 4).astype(np.int64) + 1  # panel, r, l, f, i
    codes = (c << np.array([0, 2, 4, 6]).reshape(1, 1, 1, 4, 1)).sum(3)  # panel, r, l, i
    codes = codes.transpose(0, 2, 1, 3).reshape(m // 4, k).astype(np.uint8)
    return np.concatenate([np.tile(HEAD, (m // 4, 1)), codes], axis=1).reshape(-1)


def cases(rng):
    w = weights_b(256)
    assert pack(w, 4, 64).tobytes() == GOLDEN_B, pack(w, 4, 64).tobytes().hex(" ")
    yield "golden-b", (4, 64, 1), {"w": w, "packed": pack(w, 4, 64)}
    for m, k in ((4, 64), (8, 128), (0, 64), (4, 320)):
        w = rng.integers(-1, 2, m * k, dtype=np.int8)
        yield "random", (m, k, 1), {"w": w, "packed": pack(w, m, k)}
    for at in range(0, 512, 61):
        w = np.zeros(512, np.int8)
        w[at] = -1 if at % 2 else 1
        yield "one-hot", (8, 64, 1), {"w": w, "packed": pack(w, 8, 64)}
