"""STQ1_0 (Sherry, ggml pull request 22836, type 43): 42 bytes for 256 weights: qs[32], sign[8], F16 scale (here 1.0).

    four g = 16c + l (c < 4, l < 16)   weights 64c + l + 16p, p < 4; exactly one of them is zero
    slot[g] in nibble g of qs, sign[g] in bit g of sign, low ones first; TABLE[16 * sign + slot] = sum of (w[p] + 1) << 2p
"""

import numpy as np

from gemv import one_zero_in_four

# The format's own table (ggml/src/ggml-common.h of the pull request).
TABLE = bytes.fromhex("a9 89 29 09 a6 86 26 06 9a 92 1a 12 6a 62 4a 42 01 21 81 a1 04 24 84 a4 10 18 90 98 40 48 60 68")
# Fours by turns (0, 1, -1, 1), (-1, 0, -1, -1), (1, 1, 0, -1), (-1, 1, 1, 0), by hand from the table: 1 + 2 + 0 + 2 in
# base 4 from the top is 0x89 = slot 1; 0x04 = slot 4 with sign; 0x1a = slot 10; 0x68 = slot 15 with sign.
FOURS = np.array([[0, 1, -1, 1], [-1, 0, -1, -1], [1, 1, 0, -1], [-1, 1, 1, 0]], np.int8)
GOLDEN = bytes([0x41, 0xFA] * 16 + [0xAA] * 8 + [0x00, 0x3C])


def pack(w):
    fours = np.asarray(w).reshape(-1, 4, 4, 16).astype(np.int64)  # block, c, p, l
    codes = ((fours + 1) << np.array([0, 2, 4, 6]).reshape(1, 1, 4, 1)).sum(2).reshape(-1, 64)
    index = np.array([[TABLE.index(int(v)) for v in row] for row in codes], np.int64).reshape(-1, 64)
    out = np.zeros((len(codes), 42), np.uint8)
    out[:, :32] = index[:, ::2] % 16 | index[:, 1::2] % 16 << 4
    out[:, 32:40] = np.packbits((index // 16).astype(np.uint8), axis=1, bitorder="little")
    out[:, 40:] = (0x00, 0x3C)
    return out.reshape(-1)


def cases(rng):
    w = np.tile(FOURS[np.arange(16) % 4].T.reshape(-1), 4)
    assert pack(w).tobytes() == GOLDEN, pack(w).tobytes().hex(" ")
    yield "golden", (1, 256, 1), {"w": w, "packed": pack(w)}
    every = np.array([[(v >> 2 * p & 3) - 1 for p in range(4)] for v in TABLE], np.int8)  # all 32 kinds of four
    w = np.concatenate([every[:16].T, every[16:].T, every[::2].T, every[1::2].T]).reshape(-1)
    yield "every-four", (1, 256, 1), {"w": w, "packed": pack(w)}
    for m, k in ((1, 256), (3, 512), (2, 768), (0, 256)):
        w = one_zero_in_four(rng, m, k)
        yield "random", (m, k, 1), {"w": w.reshape(-1), "packed": pack(w)}
