"""Awkward float32 arrays: the inputs that every op with float activations must survive."""

import numpy as np


def _bits(u):
    return u.astype(np.uint32).view(np.float32)


def floats(rng, sizes=(0, 1, 7, 64, 129, 300)):
    """Yields (class, array): each pattern at one of the sizes, in turn."""
    n = lambda: int(sizes[rng.integers(len(sizes))])
    for size in sizes:
        yield "normal", rng.standard_normal(size).astype(np.float32)
    size = n()
    yield "zeros", np.zeros(size, np.float32)
    yield "negative-zero", np.full(max(n(), 3), -0.0, np.float32)
    yield "denormals", _bits(rng.integers(0, 1 << 23, 130) | (rng.integers(0, 2, 130) << 31))
    yield "huge", (rng.standard_normal(77) * 1e30).astype(np.float32)
    x = rng.standard_normal(90).astype(np.float32)
    x[rng.integers(0, 90, 5)] = np.inf
    x[rng.integers(0, 90, 5)] = -np.inf
    yield "inf", x
    x = rng.standard_normal(90).astype(np.float32)
    x[rng.integers(0, 90, 5)] = np.nan
    yield "nan", x
    x = (rng.integers(-127, 127, 200) + 0.5).astype(np.float32)
    x[rng.integers(0, 200)] = 127
    yield "ties", x
    x = (rng.standard_normal(65) * 1e-3).astype(np.float32)
    x[rng.integers(0, 65)] = 1000
    yield "one-spike", x
    yield "alternating", np.tile(np.array([1, -1], np.float32), 33)
    yield "all-bits", _bits(rng.integers(0, 1 << 32, 257))
