"""calls.py PROGRAM CALLS SCRATCH: the speed-ups that `bench` prints against those of whole processes (calls.c), for ten cases.
Both take turns; the median of the rounds' ratios may be off by 3 %."""
import csv, os, statistics, subprocess, sys, time

program, calls, scratch = sys.argv[1:]
SHAPE, ROUNDS, PAIRS, SECONDS, BAR = (640, 2560), 4, 5, 0.1, 0.03 # pairs of processes a round; seconds of calls in the shorter one
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
    """The speed-up over generic and the ns of a call, from the rows behind what bench prints. One variant a bench: the weights of ten would not stay in an L2."""
    out = os.path.join(scratch, "b.csv")
    done = subprocess.run([program, "bench", "--op", kernel.split("_")[0], "--kernel", kernel, "--shapes", shapes, "--batch", str(tokens(kernel)), "--state", "hot",
                           "--phase", "run", "--threads", "1", "--time", "300", "--reps", "9", "--parity", "5", "--quiet", "--csv", out], capture_output=True)
    rows = [r for r in csv.DictReader(open(out, newline="")) if r["kernel"] == kernel]
    assert done.returncode in (0, 1) and rows and all(r["ok"] == "yes" for r in rows), done.stderr
    return [statistics.median(float(r[column]) for r in rows) for column in ("speedup", "ns")]


def process(kernel, n):
    start = time.perf_counter()
    subprocess.run([calls, kernel, str(SHAPE[0]), str(SHAPE[1]), str(tokens(kernel)), str(n)], check=True)
    return time.perf_counter() - start


def alone(kernel, ns, base, base_ns):
    """The variant against generic: 3 n calls less n calls, so that starting up falls out; there and back, so that a drift does."""
    n, m = (max(1, int(SECONDS / (x * 1e-9))) for x in (ns, base_ns))
    long, base_long = process(kernel, 3 * n), process(base, 3 * m)
    base_short, short = process(base, m), process(kernel, n)
    return (base_long - base_short) / m / ((long - short) / n)


cpus = sorted(os.sched_getaffinity(0))
told, found, bad = {k: [] for k in cases}, {k: [] for k in cases}, 0
for i in range(ROUNDS):
    os.sched_setaffinity(0, {cpus[i % len(cpus)]}) # neighbours slow one CPU and not another
    for kernel in cases:
        speedup, ns = printed(kernel)
        told[kernel].append(speedup)
        found[kernel].append(statistics.median(alone(kernel, ns, kernel.split("__")[0] + "__generic", ns * speedup) for _ in range(PAIRS)))
for kernel in cases:
    each = [t / f for t, f in zip(told[kernel], found[kernel])]
    ratio = statistics.median(each)
    good = abs(ratio - 1) <= BAR
    bad += not good
    print(f"{kernel:24} bench {statistics.median(told[kernel]):7.3f}  whole processes {statistics.median(found[kernel]):7.3f}  ratio {ratio:.4f} [{min(each):.3f} {max(each):.3f}]{'' if good else '  MORE THAN 3 %'}", flush=True)
sys.exit(bad > 0)
