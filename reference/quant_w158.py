"""quant_w158: weights to ternary by absmean (BitNet b1.58).

s = 1 / max(mean|W|, 1e-5) in float32, T = clip(rint(W * s), -1, 1), scale = 1 / s. The mean has one order: each row in
16 lanes (column mod 16) of float64, the lanes by a tree of halves, the rows one after the other. A sum that is not
finite: scale = NaN, T = 0.
"""

import numpy as np

import patterns


def _row_sum(row):
    lanes = np.zeros(16)
    for i in range(0, row.size, 16):
        part = np.abs(row[i : i + 16]).astype(np.float64)
        lanes[: part.size] += part
    while lanes.size > 1:
        half = lanes.size // 2
        lanes = lanes[:half] + lanes[half:]
    return lanes[0]


def quant_w158(w):
    total = np.float64(0)
    for row in w:
        total += _row_sum(row)
    one = np.float32(1)
    mean = np.float32(total / w.size) if w.size else np.float32(0)
    if not np.isfinite(total):
        return np.zeros(w.shape, np.int8), np.array([np.nan], np.float32)
    s = one / max(mean, np.float32(1e-5))
    t = np.clip(np.rint(w * s), -1, 1).astype(np.int8)
    return t, np.array([one / s], np.float32)


def _case(cls, w):
    w = np.atleast_2d(np.asarray(w, np.float32))
    t, scale = quant_w158(w)
    return cls, (w.shape[0], w.shape[1], 1), {"x": w, "y": t, "scale": scale}


def _sum_order(rng, m, k):
    """One large weight, at which all others are rounded, and an exact mean halfway between two float32."""
    n = m * k
    w = np.zeros(n, np.float32)
    large = np.float32(n * rng.uniform(1, 1.4) * 2**20)
    grains = rng.uniform(1, 2, n - 3) * np.exp2(np.floor(np.log2(large)) - 52 + rng.integers(0, 3, n - 3))
    w[3:] = grains
    mean = np.float32((float(large) + w.sum(dtype=np.float64)) / n)
    halfway = (float(mean) + float(np.nextafter(mean, np.float32(np.inf)))) / 2
    left = n * halfway - float(large) - w.sum(dtype=np.float64)
    w[0] = large
    w[1] = np.nextafter(np.float32(left), np.float32(0))
    w[2] = left - float(w[1])
    return (rng.permutation(w) * rng.choice(np.array([-1, 1], np.float32), n)).reshape(m, k)


def _ties(rng, mean, pairs):
    """Pairs of mean/2 and 3*mean/2: w * s is a half, or one rounding off it, in every second weight."""
    w = np.array([0.5, 1.5] * pairs, np.float32) * np.float32(mean)
    return rng.permutation(w) * rng.choice(np.array([-1, 1], np.float32), w.size)


def cases(rng):
    with np.errstate(all="ignore"):
        for cls, w in patterns.floats(rng):
            yield _case(cls, w)
    worked = _case("worked", [[0.31, -0.02, 0.77, -0.48], [0.05, -0.90, 0.12, 0.26]])
    assert worked[2]["y"].tolist() == [[1, 0, 1, -1], [0, -1, 0, 1]]
    yield worked
    half = _case("half", [1, 1, 1, 1, 0.5, -0.5, 1.5, -1.5] * 17)
    assert half[2]["y"].tolist() == [[1, 1, 1, 1, 0, 0, 1, -1] * 17]
    yield half
    yield _case("ties-at-half", _ties(rng, 0.25, 81))
    yield _case("ties-at-half", _ties(rng, int(rng.integers(1, 1 << 20)) / 4096, 81))
    for m, k in (1, 16), (1, 200), (2, 64), (5, 37), (7, 7), (1, 331), (3, 100), (4, 90):
        yield _case("sum-order", _sum_order(rng, m, k))
    yield _case("matrix", rng.standard_normal((17, 50)))
    yield _case("wide-range", rng.standard_normal((5, 333)) * np.exp(rng.standard_normal((5, 333)) * 8))
    yield _case("below-the-floor", np.full((2, 20), 4e-6))
    yield _case("no-rows", np.zeros((0, 8)))
    yield _case("no-columns", np.zeros((3, 0)))
