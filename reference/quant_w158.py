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


def cases(rng):
    with np.errstate(all="ignore"):
        for cls, w in patterns.floats(rng):
            yield _case(cls, w)
    worked = _case("worked", [[0.31, -0.02, 0.77, -0.48], [0.05, -0.90, 0.12, 0.26]])
    assert worked[2]["y"].tolist() == [[1, 0, 1, -1], [0, -1, 0, 1]]
    yield worked
    yield _case("half", [1, 1, 1, 1, 0.5, -0.5, 1.5, -1.5])
    yield _case("matrix", rng.standard_normal((17, 50)))
    yield _case("wide-range", rng.standard_normal((5, 333)) * np.exp(rng.standard_normal((5, 333)) * 8))
    yield _case("below-the-floor", np.full((2, 20), 4e-6))
    yield _case("no-rows", np.zeros((0, 8)))
    yield _case("no-columns", np.zeros((3, 0)))
