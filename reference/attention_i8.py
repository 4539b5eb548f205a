"""attention_i8: attention_f16.py over int8 rows with a scale each; sums of products are sums of integers."""

import numpy as np

import attention_f16 as attention
import f32

F = np.float32


def to_i16(x):
    """Multiples of a step, 1 / 32767 of the largest |x|, and the step; where that is below 2^-100 all are 0."""
    top = np.max(np.abs(x))
    if not np.isfinite(top):
        return np.zeros(x.shape, np.int64), F(np.nan)
    if top < F(2.0**-100):
        return np.zeros(x.shape, np.int64), top / F(32767)
    return np.rint(x * (F(32767) / top)).astype(np.int64), top / F(32767)


def attend(q, k, v, scales, tokens):
    """q float32 [tokens][heads][dim]; k, v int8 [positions][dim]; scales float32 [positions][2]."""
    positions, dim = k.shape
    y = np.zeros_like(q)
    root = F(1) / np.sqrt(F(dim))
    k, v = k.astype(np.int64), v.astype(np.int64)
    with np.errstate(all="ignore"):
        for t in range(tokens):
            seen = positions - tokens + t + 1
            for h in range(q.shape[1]):
                top, total, out = F(-np.inf), F(0), np.zeros(dim, F)
                whole, step = to_i16(q[t, h])
                for at in range(0, seen, attention.BLOCK):
                    end = min(at + attention.BLOCK, seen)
                    s = (k[at:end] @ whole).astype(F) * scales[at:end, 0] * (step * root)
                    p, c, top, total = attention.softmax_block(s, top, total)
                    w, w_step = to_i16(p * scales[at:end, 1])
                    out = out * c + (w @ v[at:end]).astype(F) * w_step
                y[t, h] = out / total
    return y


def check(y, q, k, v, scales, tokens):
    """The stated bound, with the largest of everything for all scores."""
    if not y.size:
        return
    wide = [a.astype(np.float64) * scales[:, i, None] for i, a in enumerate((k, v))]
    (positions, dim), most = k.shape, np.abs(wide[1]).max()
    score = np.abs(q).max() / 65534 * np.abs(wide[0]).sum(axis=1).max() / np.sqrt(dim) + 8 * 2.0**-24 * attention.largest_score(q, wide[0])
    f32.within("attention_i8", y, attention.exact(q, *wide, tokens), most * (2 * score + 2.0**-10 + (3 * positions / 64 + positions / 16 + 80) * 2.0**-24))


def cases(rng):
    for m, dim, n, g in attention.SHAPES:
        q = attention.queries(rng, n, m, dim)
        k, v = (rng.integers(-127, 128, (g, dim)).astype(np.int8) for _ in "kv")
        scales = (np.abs(rng.standard_normal((g, 2))) / 127).astype(F)
        y = attend(q, k, v, scales, n)
        check(y, q, k, v, scales, n)
        yield "random", (m, dim, n, g), {"q": q, "k": k, "v": v, "scales": scales, "y": y}
    shape, q, k, v = attention.edge(2, attention.BLOCK)  # a block of their own: weights are multiples of the largest / 32767 there
    k, v, scales = k.astype(np.int8), v.astype(np.int8), np.tile(np.array([0.5, 1], F), (len(k), 1))
    yield "edge", shape, {"q": q, "k": k, "v": v, "scales": scales, "y": attend(q, k, v, scales, 1)}
