"""calls.py PROGRAM CALLS SCRATCH: the speed-ups that `bench` prints against those of whole processes (calls.c), for ten cases.
Both take turns; medians of the rounds may differ by 3 %."""
import csv, os, statistics, subprocess, sys, time

program, calls, scratch = sys.argv[1:]
SHAPE, ROUNDS, SECONDS, BAR = (2560, 2560), 9, 0.15, 0.03
WANTED = ["gemv_i2s__avx2", "gemv_b2x__avx2", "gemv_b3__avx2", "gemv_tq2_0__avx2", "gemv_tl2__avx2", "gemv_i2s__avx512vnni", "gemv_b2x__avx512vnni",
          "gemv_b3__avx512vbmi", "gemm_i2s__avx2", "gemm_b2x__avx512vnni", "gemv_tq1_0__avx2", "gemv_qk256__avx2", "gemv_iq2_bn__avx2", "gemm_b2x__avx2"]
listed = {row["kernel"]: row for row in csv.DictReader(subprocess.run([program, "list", "--csv", "-"], capture_output=True, text=True, check=True).stdout.splitlines())}
cases = [k for k in WANTED if listed.get(k, {}).get("runs") == "yes"][:10]
if len(cases) < 10:
    print(f"only {len(cases)} of the ten variants run here")
    sys.exit(77)
shapes = os.path.join(scratch, "shapes.csv")
open(shapes, "w").write("model,tensor,m,k\nx,y,%d,%d\n" % SHAPE)


def tokens(kernel):
    return 8 if kernel.startswith("gemm") else 1


def printed(kernel):
    """Nanoseconds of a call and of one of generic, of each block: the rows behind what bench prints."""
    out = os.path.join(scratch, "b.csv")
    done = subprocess.run([program, "bench", "--op", kernel.split("_")[0], "--kernel", kernel, "--shapes", shapes, "--batch", str(tokens(kernel)), "--state", "hot",
                           "--phase", "run", "--threads", "1", "--time", "300", "--reps", "9", "--parity", "5", "--quiet", "--csv", out], capture_output=True)
    rows = [r for r in csv.DictReader(open(out, newline="")) if r["kernel"] == kernel]
    assert done.returncode in (0, 1) and rows and all(r["ok"] == "yes" for r in rows), done.stderr
    return statistics.median(float(r["speedup"]) for r in rows), statistics.median(float(r["ns"]) for r in rows)


def process(kernel, n):
    start = time.perf_counter()
    subprocess.run([calls, kernel, str(SHAPE[0]), str(SHAPE[1]), str(tokens(kernel)), str(n)], check=True)
    return time.perf_counter() - start


def alone(kernel, ns):
    n = max(1, int(SECONDS / (ns * 1e-9)))
    return (process(kernel, 2 * n) - process(kernel, n)) / n


bad = 0
for kernel in cases:
    found, told = [], []
    for _ in range(ROUNDS):
        speedup, ns = printed(kernel)
        told.append(speedup)
        base = kernel.split("__")[0] + "__generic"
        found.append(alone(base, ns * speedup) / alone(kernel, ns))
    ratio = statistics.median(t / f for t, f in zip(told, found))
    good = abs(ratio - 1) <= BAR
    bad += not good
    print(f"{kernel:24} bench {statistics.median(told):7.3f}  whole processes {statistics.median(found):7.3f}  ratio {ratio:.4f} [{min(t / f for t, f in zip(told, found)):.3f} {max(t / f for t, f in zip(told, found)):.3f}]{'' if good else '  MORE THAN 3 %'}", flush=True)
sys.exit(bad > 0)
