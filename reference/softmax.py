"""softmax: e^(x - max) / sum for each row, by the float rules of f32.py."""

import numpy as np

import f32
import patterns

F = np.float32


def softmax(x):
    with np.errstate(all="ignore"):
        top = np.fmax.reduce(x, axis=1, initial=F(-np.inf))
        e = f32.exp(x - top[:, None])
        return e / f32.total(e)[:, None]


def _case(cls, x):
    x = np.atleast_2d(np.asarray(x, F))
    return cls, (1, x.shape[1], x.shape[0]), {"x": x, "y": softmax(x)}


def cases(rng):
    for cls, x in patterns.floats(rng):
        yield _case(cls, x)
    for k in (1, 15, 16, 17, 333, 4096):
        x = (rng.standard_normal((2, k)) * 5).astype(F)
        case = _case("random", x)
        wide = x.astype(np.float64)
        e = np.exp(wide - wide.max(axis=1, keepdims=True))
        exact = e / e.sum(axis=1, keepdims=True)
        f32.within("softmax", case[2]["y"], exact, (k / 16 + 10 + 64) * 2.0**-24 * exact)
        yield case
    yield _case("all-minus-inf", np.full((1, 20), -np.inf))
    yield _case("one-inf", [0, np.inf, 1])
