"""TQ1_0 (ggml): 54 bytes for 256 weights: qs[48], qh[4], F16 scale (here 1.0).

    weights   0..159   byte qs[i % 32],              digit i // 32
    weights 160..239   byte qs[32 + (i - 160) % 16], digit (i - 160) // 16
    weights 240..255   byte qh[(i - 240) % 4],       digit (i - 240) // 4, a fifth digit of 0
    byte = ceil(256 / 243 * number in base 3, the first digit most significant), digit = w + 1
"""

import numpy as np

from layout_i2s import weights_b

GOLDEN_B = bytes.fromhex(
    "2c 70 82 50 87 ee 95 c8 bf 57 3d 05 b7 0e 25 2c 70 82 50 87 ee 95 c8 bf 57 3d 05 b7 0e 25 2c 70"
    "13 39 ac 05 0d 27 78 67 35 a1 e2 a5 ee ca 5c 13 36 98 72 39 00 3c"
)


def place(i):
    if i < 160:
        return i % 32, i // 32
    if i < 240:
        return 32 + (i - 160) % 16, (i - 160) // 16
    return 48 + (i - 240) % 4, (i - 240) // 4


def pack(w):
    blocks = np.asarray(w).reshape(-1, 256).astype(np.int64) + 1
    number = np.zeros((len(blocks), 52), np.int64)
    for i in range(256):
        byte, digit = place(i)
        number[:, byte] += blocks[:, i] * 3 ** (4 - digit)
    out = np.zeros((len(blocks), 54), np.uint8)
    out[:, :52] = -(-number * 256 // 243)
    out[:, 52:] = (0x00, 0x3C)
    return out.reshape(-1)


def cases(rng):
    w = weights_b(256)
    assert pack(w).tobytes() == GOLDEN_B, pack(w).tobytes().hex(" ")
    yield "golden-b", (1, 256, 1), {"w": w, "packed": pack(w)}
    for m, k in ((1, 256), (3, 512), (2, 768), (0, 256), (4, 2560)):
        w = rng.integers(-1, 2, m * k, dtype=np.int8)
        yield "random", (m, k, 1), {"w": w, "packed": pack(w)}
    for at in range(0, 256, 5):
        w = np.zeros(256, np.int8)
        w[at] = -1 if at % 2 else 1
        yield "one-hot", (1, 256, 1), {"w": w, "packed": pack(w)}
    # All 243 numbers, in the bytes of five rows.
    w = np.zeros((8, 256), np.int8)
    for number in range(243):
        for digit in range(5):
            w[number // 32, 32 * digit + number % 32] = number // 3 ** (4 - digit) % 3 - 1
    yield "every-byte", (8, 256, 1), {"w": w.reshape(-1), "packed": pack(w)}
