"""The b3x4 bytes, weight by weight from the formula (kernels/layouts/b3x4.c draws the picture):

    group = k // 4, chunk = group // 42, groups of this chunk: n = min(42, ceil(K/4) - 42 * chunk)
    block = 42 * chunk * ceil(M/256) + (m // 256) * n + group % 42
    byte  = 256 * block + 64 * (m % 256 // 64) + 4 * (m % 16) + m % 64 // 16
    x     = sum over the group of (w + 1) * (1, 3, 9, 32)[k % 4]; places of a block beyond M or K hold weight 0
"""

import numpy as np

from layout_i2s import weights_b

ROWS, CHUNK, FULL = 256, 42, 1 + 3 + 9 + 32
FACTOR = 1, 3, 9, 32


def place(m, k, rows, columns):
    group, groups = k // 4, -(-columns // 4)
    chunk = group // CHUNK
    n = min(CHUNK, groups - CHUNK * chunk)
    block = CHUNK * chunk * -(-rows // ROWS) + m // ROWS * n + group % CHUNK
    return ROWS * block + 64 * (m % ROWS // 64) + 4 * (m % 16) + m % 64 // 16


def pack(w, m, k):
    w = np.asarray(w).reshape(m, k).astype(np.int64)
    packed = np.full(-(-m // ROWS) * -(-k // 4) * ROWS, FULL, np.int64)
    for row in range(m):
        for column in range(k):
            packed[place(row, column, m, k)] += int(w[row, column]) * FACTOR[column % 4]
    return packed.astype(np.uint8)


def golden():
    """Written down by hand: 258 rows of 5 columns, two panels; 2 rows of 173, two chunks of 42 and 2 groups."""
    w = np.zeros((258, 5), np.int8)
    w[0, 0], w[0, 3], w[17, 4], w[255, 2], w[257, 1] = 1, -1, 1, 1, -1
    want = bytearray([FULL]) * (2 * 2 * 256)
    want[0] = 45 + 1 - 32  # panel 0, group 0
    want[256 + 4 + 1] = 45 + 1  # row 17 = 16 + 1, group 1
    want[192 + 60 + 3] = 45 + 9  # row 255 = 64 * 3 + 16 * 3 + 15
    want[2 * 256 + 4] = 45 - 3  # panel 1, row 1
    yield w, want
    w = np.zeros((2, 173), np.int8)
    w[1, 167], w[0, 168], w[1, 172] = 1, -1, 1
    want = bytearray([FULL]) * (44 * 256)
    want[41 * 256 + 4] = 45 + 32  # group 41 of chunk 0
    want[42 * 256] = 45 - 1  # group 0 of chunk 1, row 0
    want[43 * 256 + 4] = 45 + 1  # group 1 of chunk 1, row 1
    yield w, want


def cases(rng):
    for w, want in golden():
        m, k = w.shape
        assert pack(w, m, k).tobytes() == bytes(want)
        yield "golden", (m, k, 1), {"w": w.reshape(-1), "packed": np.frombuffer(bytes(want), np.uint8).copy()}
    for m, k in ((1, 1), (1, 12), (64, 4), (65, 7), (16, 8), (3, 0), (0, 8)):
        w = rng.integers(-1, 2, m * k, dtype=np.int8)
        yield "random", (m, k, 1), {"w": w, "packed": pack(w, m, k)}
    w = weights_b(96 * 10)
    yield "pattern-b", (96, 10, 1), {"w": w, "packed": pack(w, 96, 10)}
    for at in (0, 15, 16, 63, 64):
        w = np.zeros((80, 6), np.int8)
        w[at, at % 6] = -1 if at % 2 else 1
        yield "one-hot", (80, 6, 1), {"w": w.reshape(-1), "packed": pack(w, 80, 6)}
