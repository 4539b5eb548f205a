"""rope_half: pairs (x[i], x[i + dim/2]) turned by position * base^(-2i/dim); products and sums in float32."""

import numpy as np

import f32

F = np.float32


def table(positions, dim, base):
    angle = np.asarray(positions, np.float64)[:, None] * base ** (-2 * np.arange(dim // 2) / dim)
    return np.concatenate([np.cos(angle), np.sin(angle)], axis=1).astype(F)


def turn(a, b, t):
    h = t.shape[1] // 2
    c, s = t[:, None, :h], t[:, None, h:]
    return a * c - b * s, a * s + b * c


def rope(x, t):
    h = x.shape[2] // 2
    return np.concatenate(turn(x[..., :h], x[..., h:], t), axis=2)


def problems(rng):
    for tokens, heads, dim in ((1, 1, 2), (2, 3, 8), (1, 20, 128), (3, 5, 100), (2, 2, 96), (1, 1, 30), (0, 4, 8)):
        x = rng.standard_normal((tokens, heads, dim)).astype(F)
        yield x, table(rng.integers(0, 4096, tokens), dim, 500000.0)


def cases(rng):
    for x, t in problems(rng):
        y = rope(x, t)
        if x.size:
            wide = np.concatenate(turn(*(np.split(x.astype(np.float64), 2, axis=2)), t.astype(np.float64)), axis=2)
            f32.within("rope_half", y, wide, 3 * 2.0**-24 * np.abs(x).max())
        yield "random", (x.shape[1], x.shape[2], x.shape[0]), {"x": x, "table": t, "y": y}
