"""rms_norm: y = x * (1 / sqrt(mean(x^2) + eps)) * w for each token, by the float rules of f32.py."""

import numpy as np

import f32
import patterns

F = np.float32


def rms_norm(x, w, eps):
    with np.errstate(all="ignore"):
        mean = f32.total(x * x) / F(x.shape[1])
        scale = F(1) / np.sqrt(mean + F(eps))
        return x * scale[:, None] * w


def _case(cls, x, w, eps=1e-5):
    x, w = np.atleast_2d(np.asarray(x, F)), np.asarray(w, F)
    y = rms_norm(x, w, eps)
    return cls, (1, x.shape[1], x.shape[0]), {"x": x, "w": w, "eps": np.array([eps], F), "y": y}


def cases(rng):
    for cls, x in patterns.floats(rng):
        x = np.atleast_2d(x)
        yield _case(cls, x, rng.standard_normal(x.shape[1]))
    for k in (1, 15, 16, 17, 33, 160, 2560):
        x, w = rng.standard_normal((2, k)).astype(F), rng.standard_normal(k).astype(F)
        case = _case("random", x, w)
        exact = x.astype(np.float64) / np.sqrt(np.mean(x.astype(np.float64) ** 2, axis=1, keepdims=True) + F(1e-5)) * w
        f32.within("rms_norm", case[2]["y"], exact, (k / 32 + 8) * 2.0**-24 * np.abs(exact))
        yield case
    yield _case("no-eps", np.zeros((1, 20)), np.ones(20), 0)
    yield _case("no-tokens", np.zeros((0, 20)), np.ones(20))
