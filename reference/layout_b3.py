"""The b3 bytes, weight by weight from the formula (kernels/layouts/b3.c draws the picture):

    block  = (m // 80) * ceil(K / 4) + k // 4
    byte   = 64 * block + 4 * (m % 16) + k % 4
    factor = (1, 3, 9, 28, 84)[(m % 80) // 16]
    byte value = sum of factor * (w + 1) over its five rows; places of a block beyond M or K count as w = 0
"""

import numpy as np

ROWS, FACTOR = 80, (1, 3, 9, 28, 84)
FULL = sum(FACTOR)


def pack(w, m, k):
    w = np.asarray(w).reshape(m, k).astype(np.int64)
    packed = np.full(-(-m // ROWS) * -(-k // 4) * 64, FULL, np.int64)
    for row in range(m):
        for column in range(k):
            block = (row // ROWS) * -(-k // 4) + column // 4
            packed[64 * block + 4 * (row % 16) + column % 4] += int(w[row, column]) * FACTOR[row % ROWS // 16]
    return packed.astype(np.uint8)


def golden():
    """By hand: all five rows of one byte, then one of the next block."""
    w = np.zeros((80, 5), np.int8)
    w[2, 1], w[18, 1], w[34, 1], w[50, 1], w[66, 1], w[79, 4] = 1, -1, 1, 1, -1, -1
    want = bytearray([125]) * 128
    want[4 * 2 + 1] = 2 + 0 + 18 + 56 + 0
    want[64 + 4 * 15] = 125 - 84
    assert pack(w, 80, 5).tobytes() == bytes(want)
    yield "golden", (80, 5, 1), {"w": w.reshape(-1), "packed": np.frombuffer(bytes(want), np.uint8).copy()}


def every_byte():
    """All 243 combinations of five weights, one a byte."""
    w = np.zeros((80, 64), np.int8)
    for i in range(243):
        for field in range(5):
            w[i // 64 + 16 * field, i % 64] = i // 3**field % 3 - 1
    assert len(set(pack(w, 80, 64)[: 64 * 16].tolist())) == 243
    return "every-byte", (80, 64, 1), {"w": w.reshape(-1), "packed": pack(w, 80, 64)}


def cases(rng):
    yield from golden()
    yield every_byte()
    for m, k in ((1, 1), (1, 128), (80, 4), (81, 7), (64, 20), (16, 64), (170, 13), (3, 0), (0, 8)):
        w = rng.integers(-1, 2, m * k, dtype=np.int8)
        yield "random", (m, k, 1), {"w": w, "packed": pack(w, m, k)}
