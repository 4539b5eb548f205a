"""gemv: W1.58A8, y[n][m] = sum over k of w[m][k] * q[n][k] in int64; exact.

    w    int8 [M][K], values -1, 0, +1        x    int8 [N][K]
    sum  int32 [N], the sum of each token     y    int32 [N][M]

`finish` is what turns y into activations: (y / act_scale) * weight_scale, each step rounded to f32.
"""

import numpy as np


def gemv(w, q):
    y = q.astype(np.int64) @ w.astype(np.int64).T
    if y.size and np.abs(y).max() > np.iinfo(np.int32).max:
        raise OverflowError("gemv: a sum does not fit in int32")
    return y.astype(np.int32)


def finish(acc, act_scale, weight_scale):
    return acc.astype(np.float32) / np.float32(act_scale) * np.float32(weight_scale)


def problem(cls, w, q):
    m, k = w.shape
    arrays = {
        "w": w.astype(np.int8).reshape(-1),
        "x": q.astype(np.int8).reshape(-1),
        "sum": q.astype(np.int64).sum(axis=1).astype(np.int32),
        "y": gemv(w, q).reshape(-1),
    }
    return cls, (m, k, q.shape[0]), arrays


def quantise(x):
    """One token, as FORMATS has it: s = 127 / max|x| in f32, ties to even."""
    s = np.float32(127 / max(1e-5, float(np.abs(x).max())))
    return np.clip(np.rint(x.astype(np.float32) * s), -128, 127).astype(np.int8), s


def widened(a):
    """Zero columns up to 128, which I2_S needs; they change no sum."""
    return np.pad(a, ((0, 0), (0, 128 - a.shape[1])))


def check(what, got, want):
    if not np.array_equal(got, np.asarray(want, got.dtype)):
        raise AssertionError(f"gemv: worked example, {what}: expected {want}, computed {got}")


def worked_examples():
    """Numbers that were computed outside this project; the definition has to reproduce them."""
    i = np.arange(128)
    w = ((i * i + i // 5) % 3 - 1).astype(np.int8).reshape(1, 128)
    q, s = quantise((0.1 * (i % 7 - 3)).astype(np.float32))
    check("pattern B, q", q[:7], [-127, -85, -42, 0, 42, 85, 127])
    check("pattern B, sum of codes * q", (q.astype(np.int64) * (w[0] + 1)).sum(), -84)
    check("pattern B, sum", q.astype(np.int64).sum(), -212)
    case = problem("worked-b", w, q.reshape(1, 128))
    check("pattern B, y", case[2]["y"], [128])
    check("pattern B, float y", finish(case[2]["y"], s, 0.75), [0.22677168])
    yield case

    w = np.array([[1, 0, 1, -1], [0, -1, 0, 1]], np.int8)
    q, s = quantise(np.array([0.5, -1.0, 2.5, -0.015], np.float32))
    check("absmean, q", q, [25, -51, 127, -1])
    case = problem("worked-absmean", widened(w), widened(q.reshape(1, 4)))
    check("absmean, sum", case[2]["sum"], [100])
    check("absmean, y", case[2]["y"], [153, 50])
    check("absmean, float y", finish(case[2]["y"], s, 0.36374998), [1.0955462, 0.35802165])
    yield case


def ternary(rng, m, k):
    return rng.integers(-1, 2, (m, k), dtype=np.int8)


def one_zero_in_four(rng, m, k):
    """Of columns 64c + l + {0, 16, 32, 48} one is zero: what STQ1_0 holds (layout_stq1_0.py)."""
    w = rng.choice(np.array([-1, 1], np.int8), (m, k // 64, 4, 16))
    np.put_along_axis(w, rng.integers(0, 4, (m, k // 64, 1, 16)), 0, axis=2)
    return w.reshape(m, k)


def int8s(rng, n, k):
    return rng.integers(-128, 128, (n, k), dtype=np.int8)


def cases(rng):
    yield from worked_examples()
    for m, k, n in ((0, 128, 1), (1, 128, 1), (3, 128, 2), (4, 256, 1), (5, 384, 3), (7, 640, 1), (8, 128, 5),
                    (9, 256, 8), (3, 3200, 1), (33, 128, 1), (5, 128, 0), (2, 2560, 2)):
        yield problem("random", ternary(rng, m, k), int8s(rng, n, k))
    for m, k, n in ((3, 256, 1), (2, 768, 2)):
        yield problem("one-zero-in-four", one_zero_in_four(rng, m, k), int8s(rng, n, k))
    for name, weight, q in (("one-sign-high", 1, 127), ("one-sign-low", 1, -128), ("one-sign-neg", -1, 127),
                            ("one-sign-neg-low", -1, -128)):
        for k in (2048, 6912):
            yield problem(name, np.full((1, k), weight, np.int8), np.full((1, k), q, np.int8))
    for name, weight in (("zero-weights", 0), ("plus-one", 1), ("minus-one", -1)):
        yield problem(name, np.full((5, 384), weight, np.int8), int8s(rng, 2, 384))
    hot = np.zeros((8, 256), np.int8)
    hot[np.arange(8), np.arange(8) * 37 % 256] = 1
    yield problem("one-hot", hot, int8s(rng, 1, 256))
    last = np.zeros((5, 640), np.int8)
    last[:, -1] = -1
    yield problem("last-column", last, int8s(rng, 1, 640))
    yield problem("zero-activations", ternary(rng, 3, 256), np.zeros((2, 256), np.int8))
    extremes = np.where(rng.integers(0, 2, (2, 1280)) == 1, 127, -128).astype(np.int8)
    yield problem("extremes", ternary(rng, 4, 1280), extremes)
    sides = np.tile(np.array([-1, 1], np.int8), (3, 1024))
    yield problem("alternating", sides, np.tile(np.array([-128, 127], np.int8), (1, 1024)))


if __name__ == "__main__":
    print(f"gemv: {len(list(cases(np.random.default_rng(0))))} cases, worked examples reproduced")
