"""head_bf16: head_f16.py over BF16 weights."""

import numpy as np

import head_f16

F = np.float32


def cases(rng):
    blocks = lambda rng, n: (rng.standard_normal((n, 1)).astype(F).view(np.uint32) >> 16).astype(np.uint16).view(np.uint8).reshape(n, 2)
    values = lambda b: (b.reshape(-1, 2).copy().view(np.uint16).astype(np.uint32) << 16).view(F)
    yield from head_f16.problems(rng, blocks, values, (*head_f16.SHAPES, (2, 100, 1), (3, 17, 2), (1, 1, 1)))
