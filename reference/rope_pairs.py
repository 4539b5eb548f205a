"""rope_pairs: pairs (x[2i], x[2i + 1]) turned by position * base^(-2i/dim); products and sums in float32."""

import numpy as np

import rope_half


def rope(x, t):
    y = np.empty_like(x)
    y[..., ::2], y[..., 1::2] = rope_half.turn(x[..., ::2], x[..., 1::2], t)
    return y


def cases(rng):
    for x, t in rope_half.problems(rng):
        yield "random", (x.shape[1], x.shape[2], x.shape[0]), {"x": x, "table": t, "y": rope(x, t)}
