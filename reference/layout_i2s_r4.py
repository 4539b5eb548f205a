"""I2_S of bitnet.cpp on x86 without ACT_PARALLEL: four rows in a byte.

    byte (m // 4) * K + k = c[4j] << 6 | c[4j + 1] << 4 | c[4j + 2] << 2 | c[4j + 3], rows 4j.. of column k, c = w + 1
"""

import numpy as np

# By hand. Column 0: -1, 0, +1, -1 -> codes 0, 1, 2, 0 -> 0b00011000; column 1: +1, +1, 0, 0 -> 0b10100101;
# column 2: 0, 0, -1, +1 -> 0b01010010.
GOLDEN = [[-1, 1, 0], [0, 1, 0], [1, 0, -1], [-1, 0, 1]], bytes([0x18, 0xA5, 0x52])


def pack(w, m, k):
    c = np.asarray(w).reshape(m // 4, 4, k).astype(np.int64) + 1
    return (c[:, 0] << 6 | c[:, 1] << 4 | c[:, 2] << 2 | c[:, 3]).astype(np.uint8).reshape(-1)


def cases(rng):
    w = np.array(GOLDEN[0], np.int8).reshape(-1)
    assert pack(w, 4, 3).tobytes() == GOLDEN[1], pack(w, 4, 3).tobytes().hex(" ")
    yield "golden", (4, 3, 1), {"w": w, "packed": pack(w, 4, 3)}
    for m, k in ((4, 1), (4, 128), (8, 33), (0, 64)):
        w = rng.integers(-1, 2, m * k, dtype=np.int8)
        yield "random", (m, k, 1), {"w": w, "packed": pack(w, m, k)}
    for at in range(0, 96, 7):
        w = np.zeros(96, np.int8)
        w[at] = -1 if at % 2 else 1
        yield "one-hot", (8, 12, 1), {"w": w, "packed": pack(w, 8, 12)}
