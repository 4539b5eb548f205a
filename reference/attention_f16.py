"""attention_f16: softmax(q . K / sqrt(dim)) . V, keys in blocks of 64, by the float rules of f32.py."""

import numpy as np

import f32

F = np.float32
BLOCK = 64


def weight(x):
    """e^x, 0 below -60; NaN stays."""
    return np.where(x < F(-60), F(0), f32.exp(x)).astype(F)


def softmax_block(s, top, total):
    """The weights of a block of scores, what sums before them are multiplied by, the new maximum and sum."""
    higher = np.fmax(top, np.fmax.reduce(s))
    c = weight(top - higher)
    p = weight(s - higher)
    return p, c, higher, total * c + f32.total(p)


def attend(q, k, v, tokens):
    """q float32 [tokens][heads][dim]; k, v float32 [positions][dim], widened."""
    positions, dim = k.shape
    y = np.zeros_like(q)
    root = F(1) / np.sqrt(F(dim))
    with np.errstate(all="ignore"):
        for t in range(tokens):
            seen = positions - tokens + t + 1
            for h in range(q.shape[1]):
                top, total, out = F(-np.inf), F(0), np.zeros(dim, F)
                for at in range(0, seen, BLOCK):
                    end = min(at + BLOCK, seen)
                    p, c, top, total = softmax_block(f32.total(q[t, h] * k[at:end]) * root, top, total)
                    out = out * c
                    for j in range(end - at):
                        out = out + p[j] * v[at + j]
                y[t, h] = out / total
    return y


def exact(q, k, v, tokens):
    positions, dim = k.shape
    s = np.einsum("thd,pd->thp", q.astype(np.float64), k.astype(np.float64)) / np.sqrt(dim)
    for t in range(tokens):
        s[t, :, positions - tokens + t + 1 :] = -np.inf
    e = np.exp(s - s.max(axis=2, keepdims=True))
    return np.einsum("thp,pd->thd", e / e.sum(axis=2, keepdims=True), v.astype(np.float64))


SHAPES = ((1, 16, 1, 1), (4, 128, 1, 64), (4, 32, 1, 65), (1, 100, 3, 70), (8, 64, 2, 140), (2, 96, 1, 130), (3, 17, 5, 5), (1, 8, 0, 3))


def queries(rng, tokens, heads, dim):
    """Of two tokens: scores so far apart that some weights count as 0."""
    return (rng.standard_normal((tokens, heads, dim)) * (40 if tokens == 2 else 1)).astype(F)


def largest_score(q, k):
    """The largest sum of |q k|, over all."""
    return (np.abs(q).reshape(-1, q.shape[-1]) @ np.abs(k).T).max() / np.sqrt(q.shape[-1])


def check(name, y, want, q, k, v):
    """The stated bound, with the largest sum of |q k| for all scores."""
    if y.size:
        dim, positions = k.shape[1], k.shape[0]
        score = (dim / 16 + 8) * 2.0**-24 * largest_score(q, k)
        f32.within(name, y, want, np.abs(v).max() * (2 * score + (dim / 16 + positions / 16 + 80) * 2.0**-24))


def edge(scale, before):
    """One query; the last 16 of its scores lie around -60, a step of 1 / scale apart, those before are 0; y[d] is the weight of the d-th of the 16 alone."""
    q = np.zeros((1, 1, 16), F)
    q[0, 0, 0] = 4
    k, v = np.zeros((before + 16, 16)), np.zeros((before + 16, 16))
    k[before:, 0] = -60 * scale - np.arange(-8, 8)
    v[before:] = np.eye(16)
    return (1, 16, 1, before + 16), q, k, v


def cases(rng):
    for m, dim, n, g in SHAPES:
        q = queries(rng, n, m, dim)
        k, v = (rng.standard_normal((g, dim)).astype(np.float16) for _ in "kv")
        y = attend(q, k.astype(F), v.astype(F), n)
        check("attention_f16", y, exact(q, k.astype(F), v.astype(F), n), q, k.astype(F), v.astype(F))
        yield "random", (m, dim, n, g), {"q": q, "k": k.view(np.uint16), "v": v.view(np.uint16), "y": y}
    shape, q, k, v = edge(4, 1)
    k, v = (k / 4).astype(np.float16), v.astype(np.float16)
    yield "edge", shape, {"q": q, "k": k.view(np.uint16), "v": v.view(np.uint16), "y": attend(q, k.astype(F), v.astype(F), 1)}
