"""The canonical I2_S bytes, straight from the formula; shares nothing with kernels/layouts/i2s.c.

The matrix is one stream of weights e = 0, 1, 2, ... For each of them:

    byte  = 32 * (e // 128) + e % 32
    shift = 6 - 2 * ((e % 128) // 32)
    code  = w + 1

The golden bytes below were written down from outside this project; the formula has to reproduce them.
"""

import numpy as np

GOLDEN_A = bytes([0x98, 0x45] + [0x55] * 29 + [0x56])
GOLDEN_B = bytes.fromhex(
    "15 4a 56 29 58 a4 62 90 88 40 21 01 84 05 12 15 4a 56 29 58 a4 62 90 88 40 21 01 84 05 12 15 4a"
)


def pack(w):
    """int8 weights in {-1, 0, +1}, flat, a multiple of 128 of them -> uint8 bytes."""
    w = np.asarray(w).reshape(-1).astype(np.int64)
    if w.size % 128 or not np.isin(w, (-1, 0, 1)).all():
        raise ValueError("I2_S packs multiples of 128 weights in {-1, 0, +1}")
    e = np.arange(w.size)
    packed = np.zeros(w.size // 4, np.int64)
    np.add.at(packed, 32 * (e // 128) + e % 32, (w + 1) << (6 - 2 * ((e % 128) // 32)))
    return packed.astype(np.uint8)


def unpack(packed):
    packed = np.asarray(packed, np.uint8).reshape(-1).astype(np.int64)
    e = np.arange(packed.size * 4)
    return (((packed[32 * (e // 128) + e % 32] >> (6 - 2 * ((e % 128) // 32))) & 3) - 1).astype(np.int8)


def weights_a():
    w = np.zeros(128, np.int8)
    w[[0, 64, 127]] = 1
    w[[33, 96]] = -1
    return w


def weights_b(n=128):
    i = np.arange(n)
    return ((i * i + i // 5) % 3 - 1).astype(np.int8)


def golden():
    for name, w, want in (("golden-a", weights_a(), GOLDEN_A), ("golden-b", weights_b(), GOLDEN_B)):
        if pack(w).tobytes() != want:
            raise AssertionError(f"layout_i2s: the formula does not give the golden bytes of {name}")
        yield name, (1, 128, 1), {"w": w, "packed": np.frombuffer(want, np.uint8).copy()}


def cases(rng):
    yield from golden()
    for m, k in ((1, 128), (1, 256), (3, 128), (2, 384), (5, 640), (7, 1280), (2, 3200), (0, 128)):
        w = rng.integers(-1, 2, m * k, dtype=np.int8)
        yield "random", (m, k, 1), {"w": w, "packed": pack(w)}
    for value, name in ((-1, "minus-one"), (0, "zero-weights"), (1, "plus-one")):
        w = np.full(256, value, np.int8)
        yield name, (2, 128, 1), {"w": w, "packed": pack(w)}
    for at in (0, 31, 32, 63, 64, 96, 127, 128, 255):
        w = np.zeros(256, np.int8)
        w[at] = -1 if at % 2 else 1
        yield "one-hot", (1, 256, 1), {"w": w, "packed": pack(w)}


if __name__ == "__main__":
    for _cls, _shape, arrays in cases(np.random.default_rng(0)):
        assert (unpack(arrays["packed"]) == arrays["w"]).all()
    print("layout_i2s: golden bytes reproduced")
