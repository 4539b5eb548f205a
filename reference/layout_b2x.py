"""The b2x bytes, weight by weight from the formula (kernels/layouts/b2x.c draws the picture):

    block = (m // 64) * ceil(K / 4) + k // 4
    byte  = 64 * block + 4 * (m % 16) + k % 4
    shift = 2 * ((m % 64) // 16)
    code  = w + 1; places of a block beyond M or K hold code 1
"""

import numpy as np

from layout_i2s import weights_b

ROWS, STEPS, FULL = 64, 4, 0b01010101


def place(m, k, columns):
    block = (m // ROWS) * -(-columns // 4) + k // 4
    return 64 * block + 4 * (m % 16) + k % 4, (m % ROWS) // 16


def pack(w, m, k):
    w = np.asarray(w).reshape(m, k).astype(np.int64)
    packed = np.full(-(-m // ROWS) * -(-k // 4) * 64, FULL, np.int64)
    for row in range(m):
        for column in range(k):
            byte, field = place(row, column, k)
            packed[byte] += int(w[row, column]) << (2 * field)
    return packed.astype(np.uint8)


def golden():
    """Written down by hand: 33 rows of 5 columns; +1 at row 0 column 0, row 17 column 4, -1 at row 32 column 1."""
    w = np.zeros((33, 5), np.int8)
    w[0, 0], w[17, 4], w[32, 1] = 1, 1, -1
    want = bytearray([0x55]) * 128
    want[0] = 0b01010110
    want[1] = 0b01000101
    want[64 + 4] = 0b01011001
    assert pack(w, 33, 5).tobytes() == bytes(want)
    yield "golden", (33, 5, 1), {"w": w.reshape(-1), "packed": np.frombuffer(bytes(want), np.uint8).copy()}


def cases(rng):
    yield from golden()
    for m, k in ((1, 1), (1, 128), (64, 4), (65, 7), (80, 20), (16, 64), (130, 13), (3, 0), (0, 8)):
        w = rng.integers(-1, 2, m * k, dtype=np.int8)
        yield "random", (m, k, 1), {"w": w, "packed": pack(w, m, k)}
    w = weights_b(96 * 10)
    yield "pattern-b", (96, 10, 1), {"w": w, "packed": pack(w, 96, 10)}
    for at in (0, 1, 15, 16, 47, 48, 63, 64, 79):
        w = np.zeros((80, 6), np.int8)
        w[at, at % 6] = -1 if at % 2 else 1
        yield "one-hot", (80, 6, 1), {"w": w.reshape(-1), "packed": pack(w, 80, 6)}
