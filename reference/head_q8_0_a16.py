"""head_q8_0 with activations rounded to 16 bits: exact sums of 2 columns, floats for blocks (kernels/head/a16.h)."""

import head_q6_k_a16
import head_q8_0


def cases(rng):
    shapes = ((5, 96, 2), (2, 32, 1), (3, 160, 1))
    yield from head_q6_k_a16.problems(rng, head_q8_0.blocks, head_q8_0.numbers, 2, shapes)
