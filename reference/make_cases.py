"""make_cases.py SEED FOLDER: every op's NumPy cases, one file an op. reference/run.sh calls it."""

import importlib
import pathlib
import sys

import numpy as np

import casefile

NOT_OPS = {"casefile", "f32", "make_cases", "patterns"}


def main():
    seed, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted(pathlib.Path(__file__).parent.glob("*.py")):
        if source.stem in NOT_OPS:
            continue
        module = importlib.import_module(source.stem)
        cases = ((source.stem, cls, shape, arrays) for cls, shape, arrays in module.cases(np.random.default_rng(seed)))
        count, size = casefile.write(folder / f"{source.stem}.tlc", cases, seed)
        print(f"{source.stem}: {count} cases, {size} bytes")


main()
