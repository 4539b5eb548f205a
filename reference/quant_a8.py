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


def cases(rng):
    for cls, x in patterns.floats(rng):
        yield _case(cls, x)
    worked = _case("worked", [0.5, -1.0, 2.5, -0.015])
    assert worked[2]["y"].tolist() == [[25, -51, 127, -1]] and worked[2]["sum"].tolist() == [100]
    yield worked
    halves = _case("halves", [0.5, 1.5, 2.5, -0.5, -1.5, 63.5, 127])
    assert halves[2]["y"].tolist() == [[0, 2, 2, 0, -2, 64, 127]]
    yield halves
    many = rng.standard_normal((5, 67)).astype(np.float32)
    many[1] = 0
    many[3, 11] = np.nan
    yield _case("tokens", many)
    yield _case("no-tokens", np.zeros((0, 8), np.float32))
    yield _case("below-the-floor", np.full(20, 1e-6, np.float32))
