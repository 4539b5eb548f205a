"""quant_a8: activations to int8, one absmax scale a token (microsoft/BitNet, quantize_row_i8_s).

s = float32(127 / max(1e-5, max|x|)) with the division in float64; q = clip(rint(x * s), -128, 127) with the product in
float32 (rint rounds half to even). A token with a NaN or an Inf: s = NaN, q = 0, sum = 0.
"""

import numpy as np

import patterns


def quant_a8(x):
    q = np.zeros(x.shape, np.int8)
    s = np.full(x.shape[0], np.nan, np.float32)
    for t, row in enumerate(x):
        if not np.isfinite(row).all():
            continue
        amax = max(1e-5, float(np.abs(row).max(initial=0)))
        s[t] = np.float32(127 / amax)
        q[t] = np.clip(np.rint(row * s[t]), -128, 127)
    return q, s, q.astype(np.int64).sum(axis=1).astype(np.int32)


def _case(cls, x):
    x = np.atleast_2d(np.asarray(x, np.float32))
    q, s, total = quant_a8(x)
    return cls, (1, x.shape[1], x.shape[0]), {"x": x, "y": q, "scale": s, "sum": total}


def _near_ties(rng, k):
    """x nearest to (j + 1/2) / s: a half only after x * s is rounded to float32, so a fused product shows."""
    amax = np.float32(0.1 + abs(rng.standard_normal()))
    s = np.float32(127 / float(amax))
    x = (rng.integers(-127, 127, k).astype(np.float32) + np.float32(0.5)) / s
    x[rng.integers(k)] = amax
    return x


def cases(rng):
    for cls, x in patterns.floats(rng):
        yield _case(cls, x)
    worked = _case("worked", [0.5, -1.0, 2.5, -0.015])
    assert worked[2]["y"].tolist() == [[25, -51, 127, -1]] and worked[2]["sum"].tolist() == [100]
    yield worked
    checks = [0.5, 1.5, 2.5, -0.5, -1.5, 63.5, 127]
    for cls, times in ("halves", 1), ("halves-in-vectors", 19):
        halves = _case(cls, checks * times)
        assert halves[2]["y"].tolist() == [[0, 2, 2, 0, -2, 64, 127] * times]
        yield halves
    yield _case("near-ties", [_near_ties(rng, 203) for _ in range(3)])
    many = rng.standard_normal((5, 67)).astype(np.float32)
    many[1] = 0
    many[3, 11] = np.nan
    yield _case("tokens", many)
    yield _case("no-tokens", np.zeros((0, 8), np.float32))
    yield _case("no-columns", np.zeros((3, 0), np.float32))
    yield _case("all-equal", np.full((2, 133), -0.7, np.float32))
    yield _case("largest", np.tile(np.array([1, -1, 0.25], np.float32) * np.finfo(np.float32).max, 31))
    yield _case("below-the-floor", np.full(20, 1e-6, np.float32))
