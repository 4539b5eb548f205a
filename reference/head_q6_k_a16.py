"""head_q6_k with activations rounded to 16 bits: exact sums of 16 columns, floats for blocks (kernels/head/a16.h)."""

import numpy as np

import f32
import head_q6_k

F = np.float32


def rounded(x, most, integers):
    """int64 [k], the scale, and what the logits are multiplied with at last. `integers` rounds what has `most` as its
    largest."""
    with np.errstate(all="ignore"):
        top = np.max(np.abs(x), initial=F(0))
        if not np.isfinite(x).all():
            return np.zeros(len(x), np.int64), F(np.nan), F(1)
        up = F(2.0**64) if top < F(2.0**-60) else F(1)
        top = top * up
        a = integers(x * up * (F(most) / top)) if top else np.zeros(len(x))
        assert np.abs(a).max(initial=0) <= most
        return a.astype(np.int64), top / F(most), F(1) / up


def _sixteen_bits(x):
    return rounded(x, 32639, np.rint)


def head(d, codes, x, per, integers=_sixteen_bits):
    """d float32 [m][blocks], codes int64 [m][blocks][columns] (with scales inside a block), x float32 [n][k]; `per`
    neighbours share a lane."""
    y = np.zeros((len(x), len(d)), F)
    for n, row in enumerate(x):
        a, scale, back = integers(row)
        products = (codes * a.reshape(codes.shape[1:])).reshape(*d.shape, -1, 16, per)
        sums = products.sum(axis=(2, 4))
        assert np.abs(sums).max(initial=0) < 2**31
        with np.errstate(all="ignore"):
            terms = d[..., None] * sums.astype(F)
            y[n] = f32.total(terms.reshape(len(d), -1)) * scale * back
    return y


def _sixteen_bits_off(x, w):
    """The bound of rounding: x float64 [n][k], w float64 [m][k]."""
    return np.abs(x).max(axis=1, keepdims=True) / 64000 * np.abs(w).sum(axis=1)


CLASSES = ("random", "zeros", "integers", "nan", "denormals", "inf")


def problems(rng, blocks, numbers, per, shapes, integers=_sixteen_bits, off=_sixteen_bits_off):
    """numbers(blocks) -> d float32 [count], codes int64 [count][columns]; one class after another, shapes in turn."""
    width = numbers(blocks(rng, 1))[1].shape[1]
    for i, cls in enumerate(CLASSES):
        m, k, n = shapes[i % len(shapes)]
        raw = blocks(rng, m * k // width)
        x = rng.standard_normal((n, k)).astype(F)
        x = {"zeros": x * 0, "denormals": x * F(1e-40), "integers": np.rint(x * 9000).clip(-32639, 32639)}.get(cls, x)
        if cls in ("inf", "nan", "integers") and n:
            x[n - 1, rng.integers(k)] = {"inf": -np.inf, "nan": np.nan, "integers": 32639}[cls]
        x = x.astype(F)
        d, codes = numbers(raw)
        d, codes = d.reshape(m, -1), codes.reshape(m, k // width, width)
        y = head(d, codes, x, per, integers)
        if cls not in ("inf", "nan") and y.size:
            w = (d[..., None].astype(np.float64) * codes).reshape(m, k)
            exact = x.astype(np.float64)
            bound = off(exact, w) + (k / width + 8) * 2.0**-24 * (np.abs(exact) @ np.abs(w).T) + 1e-44
            f32.within("head of integers", y, exact @ w.T, bound)
        yield cls, (m, k, n), {"w": raw, "x": x, "y": y}


def cases(rng):
    yield from problems(rng, head_q6_k.blocks, head_q6_k.numbers, 4, ((2, 512, 1), (3, 256, 2)))
