"""dequant_sums: y[n][m] = (f32)sums[n][m] / a[n] * scale[m], or * scale[0] (K = 1); each step rounded to f32.

    w   f32 [K], K = 1 or M: scales of the weights      x  int32 [N][M]: sums of GEMV and GEMM
    x2  f32 [N]: scales of the activations              y  f32 [N][M]
"""

import numpy as np

import patterns

F = np.float32
I32 = np.iinfo(np.int32)


def dequant_sums(sums, a, scale):
    with np.errstate(all="ignore"):
        return sums.astype(F) / a[:, None] * scale[None, :]


def problem(cls, sums, a, scale):
    n, m = sums.shape
    arrays = {"scale": scale, "sums": sums.astype(np.int32).reshape(-1), "a": a}
    return cls, (m, scale.size, n), arrays | {"y": dequant_sums(sums, a, scale).reshape(-1)}


def cases(rng):
    # As in gemv.py, pattern B: a = 127 / 0.3.
    case = problem("worked-b", np.array([[128]]), np.array([127 / float(F(0.3))], F), np.array([0.75], F))
    if not np.array_equal(case[2]["y"], np.array([0.22677168], F)):
        raise AssertionError(f"dequant_sums: worked example: computed {case[2]['y']}")
    yield case
    for m, n in ((1, 1), (16, 2), (33, 3), (257, 1)):
        sums = rng.integers(-(1 << 22), 1 << 22, (n, m))
        a = np.abs(rng.standard_normal(n)).astype(F) + F(0.1)
        yield problem("random", sums, a, rng.standard_normal(1).astype(F))
        yield problem("random", sums, a, rng.standard_normal(m).astype(F))
    edges = np.array([[0, 1, -1, 1 << 24, (1 << 24) + 1, -(1 << 24) - 1, (1 << 25) + 3, I32.max, I32.min]])
    yield problem("edges", edges, np.array([1], F), np.array([1], F))
    for cls, x in patterns.floats(rng):
        x = np.asarray(x, F).reshape(-1)[:40]
        if x.size:
            yield problem(cls, rng.integers(I32.min, I32.max, (1, x.size)), np.array([1.7], F), x)
            yield problem(cls, rng.integers(-9, 9, (x.size, 2)), x, np.array([0.3], F))
