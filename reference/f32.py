"""The float rules (kernels/f32/f32.h) step by step in NumPy float32; shares nothing with the C code."""

import numpy as np

F = np.float32
COEFFICIENTS = [F(1.0), F(1.0), F(0.5), F(1 / 6), F(1 / 24), F(1 / 120), F(1 / 720), F(1 / 5040)]


def exp(x):
    """e^x: x in two parts by ln 2, a polynomial of degree 7, times 2^n in two steps."""
    with np.errstate(all="ignore"):
        x = np.asarray(x, F)
        bad = np.isnan(x)
        x = np.clip(np.where(bad, F(0), x), F(-104), F(89))
        n = np.rint(x * F(1.44269504))
        r = x - n * F(0.693359375)
        r = r - n * F(-2.12194440e-4)
        p = np.full_like(r, COEFFICIENTS[7])
        for c in COEFFICIENTS[6::-1]:
            p = p * r + c
        e = n.astype(np.int64)
        half = e >> 1
        y = p * np.ldexp(F(1), half).astype(F) * np.ldexp(F(1), e - half).astype(F)
        return np.where(bad, F(np.nan), y).astype(F)


def total(x):
    """Sum over the last axis: 16 lanes by index mod 16, then l[i] + l[i + 8], + 4, + 2, + 1."""
    with np.errstate(all="ignore"):
        x = np.asarray(x, F)
        k = x.shape[-1]
        lane = np.zeros((*x.shape[:-1], 16), F)
        for start in range(0, k, 16):
            part = x[..., start : start + 16]
            lane[..., : part.shape[-1]] += part
        for step in (8, 4, 2, 1):
            lane[..., :step] += lane[..., step : 2 * step]
        return lane[..., 0]


def within(name, got, exact, bound):
    """|got - exact| <= bound wherever exact is finite; NaN fails."""
    with np.errstate(all="ignore"):
        good = np.abs(got.astype(np.float64) - exact) <= bound
    if not good.all():
        at = np.argmin(good)
        raise AssertionError(f"{name}: element {at}: {got.flat[at]} is beyond the stated bound of {exact.flat[at]}")
