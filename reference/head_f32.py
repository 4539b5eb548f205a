"""head_f32: head_f16.py over F32 weights."""

import numpy as np

import head_f16

F = np.float32


def cases(rng):
    blocks = lambda rng, n: rng.standard_normal((n, 1)).astype(F).view(np.uint8).reshape(n, 4)
    values = lambda b: b.reshape(-1, 4).copy().view(F)
    yield from head_f16.problems(rng, blocks, values, (*head_f16.SHAPES[:3], (2, 100, 1), (3, 17, 2), (1, 1, 1)))
