"""forward.py TERNLAB FOLDER: the C forward pass against reference/model, as a whole and step by step.

Step by step, every step of the reference starts from the C program's own result of the step before: int8 values
must be equal, floats must agree to 1e-5 of their rms. As a whole: position 0 to 1e-5, later ones by cosine
(a value that rounds the other way to int8 moves all that follows).
"""

import pathlib
import subprocess
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "model"))
import forward

program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
TOKENS = [256, 1, 2, 3, 77, 200, 30, 41, 5, 4, 255, 0, 17]


def run(*words):
    subprocess.run([program, *map(str, words)], check=True)


def close(name, got, expected):
    error = np.abs(got.astype(np.float64) - expected).max() / max(np.sqrt((expected.astype(np.float64) ** 2).mean()), 1e-30)
    assert error <= 1e-5, f"{name}: 1e-5 of the rms was expected, found {error:.3g}"
    return error


def check_steps(model, dump):
    worst = 0
    for name, expected in model.steps.items():
        got = np.load(dump / f"{name}.npy")
        if got.dtype == np.int8:
            assert np.array_equal(got, expected), f"{name}: equal int8 values were expected, found {(got != expected).sum()} others"
        else:
            worst = max(worst, close(name, got, expected))
    return worst


def check(preset, kind, head, cache):
    model, dump, output = folder / f"{preset}-{kind}.gguf", folder / f"{preset}-{kind}-{cache}", folder / "logits.npy"
    dump.mkdir()
    run("model", "synth", "--preset", preset, "--type", kind, "--head", head, "--seed", 7, "-o", model)
    run("logits", "--model", model, "--tokens", ",".join(map(str, TOKENS)), "--cache", cache, "--dump", dump, "-o", output)
    step_by_step = forward.Model(model, given=dump)
    step_by_step.logits(np.array(TOKENS), cache)
    worst = check_steps(step_by_step, dump)
    whole, got = forward.Model(model).logits(np.array(TOKENS), cache), np.load(output)
    close("logits at position 0", got[0], whole[0])
    cosine = (got * whole).sum(1) / np.sqrt((got**2).sum(1) * (whole**2).sum(1))
    assert cosine.min() >= 0.9995, f"{preset}: cosine 0.9995 was expected, found {cosine.min():.6f}"
    top = np.sort(whole, 1)[:, -2:]
    clear = top[:, 1] - top[:, 0] > 3 * np.sqrt(2 - 2 * np.minimum(cosine, 1)) * np.sqrt((whole**2).mean(1)) + 1e-4
    assert np.array_equal(got.argmax(1)[clear], whole.argmax(1)[clear]), f"{preset}: the same argmax was expected"
    print(f"{preset} {kind} head {head} cache {cache}: {len(step_by_step.steps)} steps, worst {worst:.1e}, cosine {cosine.min():.7f}")


check("tiny", "i2_s", "f16", "f16")
check("tiny", "tq2_0", "q6_k", "i8")
check("tiny-bitnet", "tq1_0", "q8_0", "f16")
check("tiny-llama", "iq2_bn", "bf16", "f16")
check("small", "i2_s", "q6_k", "f16")
