"""relu2_mul: y = max(gate, 0)^2 * up, each product rounded to float32; NaN stays."""

import numpy as np

import patterns

F = np.float32


def relu2_mul(gate, up):
    with np.errstate(all="ignore"):
        r = np.where(np.isnan(gate) | (gate > 0), gate, F(0))
        return r * r * up


def cases(rng):
    for cls, x in patterns.floats(rng):
        x = np.asarray(x, F).reshape(-1)
        up = rng.standard_normal(x.size).astype(F)
        yield cls, (1, x.size, 1), {"gate": x, "up": up, "y": relu2_mul(x, up)}
