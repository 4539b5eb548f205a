"""IQ1_BN (ik_llama.cpp, type 134): a row is an F16 scale (here 1.0) and blocks of 64 weights in 13 bytes.

    weights 16a + 5b + j   byte 3a + b, digit j       weight 16a + 15   byte 12, digit a
    byte = ceil(256 / 243 * number in base 3, the first digit LEAST significant), digit = w + 1
"""

import numpy as np

from layout_i2s import weights_b

GOLDEN_B = bytes.fromhex("00 3c 62 a7 13 cc 37 07 99 12 58 de b0 72 0d")


def place(i):
    return (12, i // 16) if i % 16 == 15 else (3 * (i // 16) + i % 16 // 5, i % 16 % 5)


def pack(w, m, k):
    blocks = np.asarray(w).reshape(m, -1, 64).astype(np.int64) + 1
    number = np.zeros((m, k // 64, 13), np.int64)
    for i in range(64):
        byte, digit = place(i)
        number[:, :, byte] += blocks[:, :, i] * 3**digit
    codes = (-(-number * 256 // 243)).astype(np.uint8).reshape(m, -1)
    return np.concatenate([np.tile(np.array([0x00, 0x3C], np.uint8), (m, 1)), codes], axis=1).reshape(-1)


def cases(rng):
    w = weights_b(64)
    assert pack(w, 1, 64).tobytes() == GOLDEN_B, pack(w, 1, 64).tobytes().hex(" ")
    yield "golden-b", (1, 64, 1), {"w": w, "packed": pack(w, 1, 64)}
    for m, k in ((1, 64), (3, 128), (2, 320), (5, 640)):
        w = rng.integers(-1, 2, m * k, dtype=np.int8)
        yield "random", (m, k, 1), {"w": w, "packed": pack(w, m, k)}
    for at in range(0, 64, 3):
        w = np.zeros(64, np.int8)
        w[at] = -1 if at % 2 else 1
        yield "one-hot", (1, 64, 1), {"w": w, "packed": pack(w, 1, 64)}
    # All 243 numbers, in the first bytes of groups of 16.
    w = np.zeros((61, 64), np.int8)
    for number in range(243):
        for digit in range(5):
            w[number // 4, 16 * (number % 4) + digit] = number // 3**digit % 3 - 1
    yield "every-byte", (61, 64, 1), {"w": w.reshape(-1), "packed": pack(w, 61, 64)}
