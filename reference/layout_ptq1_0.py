"""PTQ1_0 (PrismML's llama.cpp, type 143): 28 bytes for 128 weights: qs[24], qh[2], F16 scale (here 1.0).

    weights   0..79    byte qs[i % 16],             digit i // 16
    weights  80..119   byte qs[16 + (i - 80) % 8],  digit (i - 80) // 8
    weights 120..127   byte qh[(i - 120) % 2],      digit (i - 120) // 2, a fifth digit of 0
    byte = ceil(256 / 243 * number in base 3, the first digit most significant), digit = w + 1
"""

import numpy as np

from layout_i2s import weights_b

# Of 128 weights of the pattern, by the steps of the format's own C quantiser.
GOLDEN_B = bytes.fromhex(
    "27 78 67 35 a1 e2 a5 ee ca 5c 13 39 ac 05 0d 27 b7 6b c2 d4 72 06 36 e7 2a 6f 00 3c"
)


def place(i):
    if i < 80:
        return i % 16, i // 16
    if i < 120:
        return 16 + (i - 80) % 8, (i - 80) // 8
    return 24 + (i - 120) % 2, (i - 120) // 2


def pack(w):
    blocks = np.asarray(w).reshape(-1, 128).astype(np.int64) + 1
    number = np.zeros((len(blocks), 26), np.int64)
    for i in range(128):
        byte, digit = place(i)
        number[:, byte] += blocks[:, i] * 3 ** (4 - digit)
    out = np.zeros((len(blocks), 28), np.uint8)
    out[:, :26] = -(-number * 256 // 243)
    out[:, 26:] = (0x00, 0x3C)
    return out.reshape(-1)


def cases(rng):
    w = weights_b(128)
    assert pack(w).tobytes() == GOLDEN_B, pack(w).tobytes().hex(" ")
    yield "golden-b", (1, 128, 1), {"w": w, "packed": pack(w)}
    for m, k in ((1, 128), (3, 256), (2, 384), (0, 128)):
        w = rng.integers(-1, 2, m * k, dtype=np.int8)
        yield "random", (m, k, 1), {"w": w, "packed": pack(w)}
    for at in range(0, 128, 5):
        w = np.zeros(128, np.int8)
        w[at] = -1 if at % 2 else 1
        yield "one-hot", (1, 128, 1), {"w": w, "packed": pack(w)}
    # All 243 numbers, in the bytes of 16 rows.
    w = np.zeros((16, 128), np.int8)
    for number in range(243):
        for digit in range(5):
            w[number // 16, 16 * digit + number % 16] = number // 3 ** (4 - digit) % 3 - 1
    yield "every-byte", (16, 128, 1), {"w": w.reshape(-1), "packed": pack(w)}
