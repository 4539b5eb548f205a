"""head_q8_0: head_f16.py over Q8_0 weights: F16 scale and 32 int8 a block."""

import numpy as np

import head_f16

F = np.float32


def blocks(rng, n):
    b = rng.integers(0, 256, (n, 34), dtype=np.uint8)
    b[:, :2] = (rng.standard_normal((n, 1)) * 0.01).astype(np.float16).view(np.uint8).reshape(n, 2)
    return b


def numbers(b):
    """d float32 [n], int64 [n][32]."""
    return b[:, :2].copy().view(np.float16).astype(F)[:, 0], b[:, 2:].copy().view(np.int8).astype(np.int64)


def _values(b):
    d, q = numbers(b)
    return d[:, None] * q.astype(F)


def cases(rng):
    yield from head_f16.problems(rng, blocks, _values, (*head_f16.SHAPES, (2, 32, 1), (3, 96, 2)))
