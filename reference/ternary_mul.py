"""ternary_mul: y = x * t(w) in float32; t keeps -1, 0, +1 and maps every other int8 to 0."""

import numpy as np

import patterns


def ternary_mul(x, w):
    t = np.where(np.abs(w.astype(np.int32)) <= 1, w, 0).astype(np.float32)
    with np.errstate(all="ignore"):
        return x * t


def cases(rng):
    for cls, x in patterns.floats(rng):
        w = rng.integers(-1, 2, x.size).astype(np.int8)
        yield cls, (1, x.size, 1), {"w": w, "x": x, "y": ternary_mul(x, w)}
    w = np.arange(-128, 128).astype(np.int8)
    x = rng.standard_normal(256).astype(np.float32)
    yield "every-byte", (1, 256, 1), {"w": w, "x": x, "y": ternary_mul(x, w)}
