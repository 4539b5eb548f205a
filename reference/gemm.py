"""gemm: gemv for batches; the definition and the words are in gemv.py."""

import numpy as np

from gemv import one_zero_in_four, problem


def cases(rng):
    shapes = ((64, 128, 8), (80, 128, 5), (65, 256, 7), (17, 512, 32), (81, 640, 3), (128, 128, 33), (5, 13, 6), (3, 1, 9), (0, 128, 4), (4, 128, 0), (16, 64, 17))
    for m, k, n in shapes:
        yield problem("random", rng.integers(-1, 2, (m, k)), rng.integers(-128, 128, (n, k)))
    yield problem("one-zero-in-four", one_zero_in_four(rng, 5, 512), rng.integers(-128, 128, (7, 512)))
    for value, name in ((1, "plus-one"), (-1, "minus-one")):
        for q in (127, -128):
            yield problem(name, np.full((9, 768), value), np.full((3, 768), q))
