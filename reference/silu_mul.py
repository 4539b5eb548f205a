"""silu_mul: y = gate / (1 + e^-gate) * up, by the float rules of f32.py."""

import numpy as np

import f32
import patterns

F = np.float32


def silu_mul(gate, up):
    with np.errstate(all="ignore"):
        return gate / (F(1) + f32.exp(-gate)) * up


def cases(rng):
    for cls, x in patterns.floats(rng):
        x = np.asarray(x, F).reshape(-1)
        up = rng.standard_normal(x.size).astype(F)
        yield cls, (1, x.size, 1), {"gate": x, "up": up, "y": silu_mul(x, up)}
    x = np.linspace(-110, 110, 2001).astype(F)
    y = silu_mul(x, np.ones_like(x))
    exact = x.astype(np.float64) / (1 + np.exp(-x.astype(np.float64)))
    f32.within("silu_mul", y, exact, np.where(x < -88, 2.7e-37, 4 * 2.0**-24 * np.abs(exact)))
    yield "sweep", (1, x.size, 1), {"gate": x, "up": np.ones_like(x), "y": y}
