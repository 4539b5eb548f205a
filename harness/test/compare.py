#!/usr/bin/env python3
"""compare.py PROGRAM FOLDER: writes CSV files of known samples, compares them, and checks every figure of the answer
against NumPy, or against counting all permutations. compare.py --write FILE: one good file of bench, to damage."""
import csv, itertools, json, math, subprocess, sys
import xml.etree.ElementTree as xml
import numpy as np

BENCH = ("schema host cpu compiler flags git time op format kernel isa m k n threads state phase rep ns baseline_ns speedup "
         "gmacs gbps roof_pct noise ok label autovec_ns speedup_autovec roof_kind int8_pct dram_pct calls overhead_ns stop "
         "reason os governor huge_pages load steal_pct switches drift_pct disturbed").split()
E2E = ("schema host cpu compiler flags git time model file_bytes kernels threads prompt depth gen batch round load_ms ttft_ms "
       "prefill_tps decode_tps each_tps tok_ms_p50 tok_ms_p95 tok_ms_p99 peak_rss_mb cpu_pct joules cache layout bytes_per_token "
       "read_roof_gbps roof_pct ms_norm_quantise ms_qkv ms_rope_cache ms_attention ms_attn_output ms_gate_up ms_down ms_head "
       "head cached_pct large_pct os governor huge_pages load steal_pct switches drift_pct disturbed").split()
E2E_3 = [c for c in E2E if c != "large_pct"]  # version 3
E2E_2 = [c for c in E2E_3 if c not in ("batch", "each_tps")]
COMMON = dict(schema=2, host="h", cpu="c, 1", compiler="GCC 12", flags="-O3", git="abc", time=1, os="Linux 6", governor="unknown",
              huge_pages="madvise", load=0.5, steal_pct=0.25, switches=12, drift_pct=1)


def write(path, columns, rows):
    with open(path, "w", newline="") as f:
        w = csv.DictWriter(f, columns, restval="", lineterminator="\n", extrasaction="ignore" if columns in (E2E_2, E2E_3) else "raise")
        w.writeheader()
        w.writerows(rows)


def bench_rows(kernel, ns, baseline=None, ok="yes", **more):
    one = dict(COMMON, op="gemv", format="i2s", kernel=kernel, isa="avx2", m=64, k=256, n=1, threads=1, state="hot", phase="run",
               ok=ok, label="a, b", calls=7, stop="time", roof_kind="int8", gmacs=1.5, **more)
    return [dict(one, rep=i, ns=f"{v:.3f}", baseline_ns="" if baseline is None else f"{baseline[i]:.3f}") for i, v in enumerate(ns)]


def e2e_rows(kernels, ttft, prefill, decode, **more):
    one = {**COMMON, **dict(schema=4, model="m.gguf", file_bytes=1000, kernels=kernels, threads=2, prompt=8, depth=0, gen=4, batch=1,
                            cache="f16", layout="b3", head="head", load_ms=1), **more}
    return [dict(one, round=i, ttft_ms=t, prefill_tps=p, decode_tps=d) for i, (t, p, d) in enumerate(zip(ttft, prefill, decode))]


def run(*arguments, expect=0):
    p = subprocess.run([PROGRAM, "compare", *map(str, arguments)], capture_output=True, text=True)
    assert p.returncode == expect, (arguments, p.returncode, p.stdout[-2000:], p.stderr)
    return p.stdout if expect < 2 else p.stderr


def records(*arguments, expect=0):
    rows = json.loads(run(*arguments, "--json", "-", expect=expect))
    mean = [r for r in rows if "geometric mean" in r.values()]
    return [r for r in rows if r not in mean], mean[0] if mean else None


# ---- what the answer has to be, by definition -------------------------------------------------------------------
def midranks(x):
    x = np.asarray(x)
    return np.array([(x < v).sum() + ((x == v).sum() + 1) / 2 for v in x])


def two_sided(sums, found):
    sums = np.asarray(sums)
    return min(1.0, 2 * min((sums <= found + 1e-9).mean(), (sums >= found - 1e-9).mean()))


def normal(found, mean, variance):
    return math.erfc(max(0.0, abs(found - mean) - 0.5) / math.sqrt(variance) / math.sqrt(2)) if variance else 1.0


def ties(x):
    return sum(int(t) ** 3 - int(t) for t in np.unique(x, return_counts=True)[1])


def mann_whitney(a, b):
    x, n, m = np.concatenate([a, b]), len(a), len(b)
    rank, t = midranks(x), n + m
    found = rank[:n].sum()
    if math.comb(t, n) <= 100000:
        return two_sided([rank[list(c)].sum() for c in itertools.combinations(range(t), n)], found)
    assert t > 40, "neither few enough to count nor many enough for the normal distribution"
    return normal(found, n * (t + 1) / 2, n * m / 12 * (t + 1 - ties(x) / (t * (t - 1))))


def wilcoxon(d):
    d = d[d != 0]
    n, rank = len(d), midranks(np.abs(d))
    found = rank[d > 0].sum()
    if n <= 14:
        return two_sided([rank[np.array(s, bool)].sum() for s in itertools.product([0, 1], repeat=n)], found)
    assert n > 40
    return normal(found, n * (n + 1) / 4, n * (n + 1) * (2 * n + 1) / 24 - ties(np.abs(d)) / 48)


def resampled(x, rng, times=6000):
    """Medians of circular block resamples."""
    n = len(x)
    block = max(b for b in range(1, n + 1) if b ** 3 <= n)
    starts = rng.integers(0, n, (times, -(-n // block)))
    at = (starts[:, :, None] + np.arange(block)) % n
    return np.median(np.asarray(x)[at.reshape(times, -1)[:, :n]], axis=1)


def close(found, expected, tolerance=1e-7):
    assert abs(found - expected) <= tolerance * abs(expected) + 1e-300, (found, expected)


def check_case(row, a, b, paired, prefix=""):
    rng = np.random.default_rng(3)
    a, b = np.asarray(a), np.asarray(b)
    if paired:
        n = min(len(a), len(b))
        d = np.log(b[:n]) - np.log(a[:n])
        logs, ratio, p = resampled(d, rng), math.exp(np.median(d)), wilcoxon(np.round(d, 13))
    else:
        logs = np.log(resampled(b, rng)) - np.log(resampled(a, rng))
        ratio, p = np.median(b) / np.median(a), mann_whitney(a, b)
    close(row[prefix + "ratio"], ratio)
    close(row[prefix + "p"], p, 1e-6)
    low, high = np.quantile(logs, [0.025, 0.975])
    for name, mine in (("low", low), ("high", high)):  # two draws of the bootstrap: a fifth of the width apart at most
        assert abs(math.log(row[prefix + name]) - mine) <= 0.2 * (high - low) + 1e-8, (row, name, math.exp(mine))
    return p


def benjamini_hochberg(p):
    order, out, least = np.argsort(p), np.zeros(len(p)), 1.0
    for i in range(len(p) - 1, -1, -1):
        least = min(least, p[order[i]] * len(p) / (i + 1))
        out[order[i]] = least
    return out


def verdict(row, threshold, prefix=""):
    line, few = math.sqrt(1 + threshold), min(row["base_n"], row["new_n"]) < 5
    sure = not few and row[prefix + "p_adjusted"] <= 0.05
    if sure and row[prefix + "low"] > line:
        return "SLOW"
    if sure and row[prefix + "high"] < 1 / line:
        return "FAST"
    return "SAME" if not few and row[prefix + "low"] > 1 / line and row[prefix + "high"] < line else "AMBG"


# ---- the checks -------------------------------------------------------------------------------------------------
def figures():
    """Medians, ratios, p, corrections, verdicts and the mean, paired and not, of samples of many sizes."""
    rng = np.random.default_rng(1)
    sizes = [(1, 1), (4, 9), (5, 5), (9, 9), (7, 10), (60, 55), (45, 60)]
    shifts = [1.0, 1.2, 1.0, 1.3, 0.8, 1.05, 1.03]
    a, b = {}, {}
    for i, ((na, nb), shift) in enumerate(zip(sizes, shifts)):
        noise = 0.003 if i == 2 else 0.02
        a[f"k{i}"] = np.round(1000 * np.exp(rng.normal(0, noise, na)), 3)
        b[f"k{i}"] = np.round(1000 * shift * np.exp(rng.normal(0, noise, nb)), 3)
    a["ties"], b["ties"] = np.round(rng.integers(10, 13, 8) * 1.0), np.round(rng.integers(11, 14, 8) * 1.0)
    a["manyties"], b["manyties"] = rng.integers(10, 13, 120) * 1.0, rng.integers(10, 13, 120) * 1.0
    for path, samples in (("a", a), ("b", b)):
        write(f"{FOLDER}/{path}.csv", BENCH, [r for k, x in samples.items() for r in bench_rows(k, x)])
    for threshold in (5, 100):
        rows, mean = records(f"{FOLDER}/a.csv", f"{FOLDER}/b.csv", "--threshold", threshold, expect=int(threshold == 5))
        assert {r["kernel"] for r in rows} == set(a) and all(r["label"] == "a, b" for r in rows)
        p = {}
        for r in rows:
            k = r["kernel"]
            close(r["base_us"] * 1000, np.median(a[k]))
            close(r["new_us"] * 1000, np.median(b[k]))
            assert (r["base_n"], r["new_n"]) == (len(a[k]), len(b[k]))
            p[k] = check_case(r, a[k], b[k], False)
        enough = [k for k in p if min(len(a[k]), len(b[k])) >= 5]
        adjusted = dict(zip(enough, benjamini_hochberg(np.array([p[k] for k in enough]))))
        for r in rows:
            close(r["p_adjusted"], adjusted.get(r["kernel"], 1.0), 1e-6)
            assert r["verdict"] == verdict(r, threshold / 100), (r, threshold)
        close(mean["ratio"], math.exp(np.mean([math.log(r["ratio"]) for r in rows if r["kernel"] in enough])))
        assert mean["low"] < mean["ratio"] < mean["high"]
        found = {v for v in ("SLOW", "FAST", "SAME", "AMBG") if any(r["verdict"] == v for r in rows)}
        assert found == ({"SLOW", "FAST", "SAME", "AMBG"} if threshold == 5 else {"SAME", "AMBG"}), found
    rows, _ = records(f"{FOLDER}/a.csv", f"{FOLDER}/b.csv", "--paired", expect=1)
    for r in rows:
        n = min(len(a[r["kernel"]]), len(b[r["kernel"]]))
        assert r["base_n"] == r["new_n"] == n and (n >= 6 or r["verdict"] == "AMBG"), r
        check_case(r, a[r["kernel"]], b[r["kernel"]], True)
    # The seed makes the intervals, and nothing else.
    text = run(f"{FOLDER}/a.csv", f"{FOLDER}/b.csv", expect=1)
    assert text == run(f"{FOLDER}/a.csv", f"{FOLDER}/b.csv", "--seed", 1, expect=1) and "seed 1" in text
    other, _ = records(f"{FOLDER}/a.csv", f"{FOLDER}/b.csv", "--seed", 2, expect=1)
    mine, _ = records(f"{FOLDER}/a.csv", f"{FOLDER}/b.csv", expect=1)
    pick = lambda rows, c: {r["kernel"]: r[c] for r in rows}
    assert pick(other, "low") != pick(mine, "low") and pick(other, "p") == pick(mine, "p")


def outputs():
    a, b, d = f"{FOLDER}/a.csv", f"{FOLDER}/b.csv", f"{FOLDER}/out"
    text = run(a, b, "--csv", d + ".csv", "--json", d + ".json", "--md", d + ".md", "--junit", d + ".xml", expect=1)
    rows = json.load(open(d + ".json"))
    assert [list(r.values()) for r in csv.DictReader(open(d + ".csv", newline=""))] == \
        [[v if isinstance(v, str) else s for v, s in zip(r.values(), c.values())] for r, c in zip(rows, csv.DictReader(open(d + ".csv", newline="")))]
    count = lambda v: sum(r["verdict"] == v for r in rows)
    assert ", ".join(f"{count(v)} {v}" for v in ("SLOW", "FAST", "AMBG", "SAME")) in text, text
    assert [r["verdict"] for r in rows[:count("SLOW")]] == ["SLOW"] * count("SLOW")
    suite = xml.parse(d + ".xml").getroot()[0]
    assert suite.get("name") == "compare" and int(suite.get("failures")) == count("SLOW") == len(suite.findall("testcase/failure"))
    assert int(suite.get("skipped")) == count("AMBG") and int(suite.get("tests")) == len(rows) - 1
    names = [c.get("name") for c in suite.findall("testcase")]
    assert len(set(names)) == len(names) and "gemv m 64 k 256 n 1 threads 1 hot run ties a, b" in names, names
    md = open(d + ".md").read()
    table = [l for l in md.splitlines() if l.startswith("|")]
    assert len(table) == len(rows) + 2 and len({l.count("|") for l in table}) == 1 and "| geometric " in table[-1]
    quiet = run(a, b, "--quiet", expect=1)
    assert text.endswith(quiet) and len(quiet) < len(text)


def sides():
    """Cases of one side, wrong answers, refused shapes, several runs, the generic variant beside."""
    rng = np.random.default_rng(2)
    x = lambda scale, n=20: scale * np.exp(rng.normal(0, 0.005, n))
    a, b, c = (f"{FOLDER}/{n}.csv" for n in "abc")
    refused = dict(COMMON, op="gemv", format="i2s", m=64, k=8640, n=1, threads=1, state="hot", phase="run", ok="refused", reason="K")
    write(a, BENCH, bench_rows("both", x(100)) + bench_rows("gone", x(100)) + bench_rows("wrong", x(100)) + [refused])
    write(b, BENCH, bench_rows("both", x(100), git="def") + bench_rows("fresh", x(9), git="def") + bench_rows("wrong", x(900), ok="no", git="def"))
    rows, mean = records(a, b, expect=1)  # a wrong answer fails
    assert {r["kernel"]: r["verdict"] for r in rows} == dict(both="SAME", gone="only in base", fresh="only in new", wrong="wrong answer")
    assert all(r["ratio"] == "" for r in rows if r["kernel"] != "both")
    text = run(a, b, expect=1)
    assert "(abc, 1 run; load 0.5," in text and "(def, 1 run; load 0.5," in text and "2 on one side only, 1 with a wrong answer" in text
    # A wrong answer fails also where it is the only one of its case; of the base it is told.
    write(a, BENCH, bench_rows("both", x(100)) + bench_rows("old", x(100), ok="no"))
    write(b, BENCH, bench_rows("both", x(100)) + bench_rows("fresh", x(9), ok="no"))
    rows, _ = records(a, b, "--junit", f"{FOLDER}/wrong.xml", expect=1)
    assert {r["kernel"]: r["verdict"] for r in rows} == dict(both="SAME", old="wrong answer in base", fresh="wrong answer"), rows
    assert all(r["base_us"] == r["new_us"] == "" for r in rows if r["kernel"] != "both")
    suite = xml.parse(f"{FOLDER}/wrong.xml").getroot()[0]
    assert [" fresh " in c.get("name") for c in suite if c.find("failure") is not None] == [True]
    # In units of the generic variant: all of a machine that was slower by half comes out; what is slower for both stays.
    plain, half = x(1000), 1.5 * x(1000)
    write(a, BENCH, bench_rows("gemv_i2s__generic", plain, plain) + bench_rows("slowed", x(100), plain) + bench_rows("alike", x(100), plain))
    write(b, BENCH, bench_rows("gemv_i2s__generic", half, half) + bench_rows("slowed", 1.65 * x(100), half) + bench_rows("alike", 1.5 * x(100), half))
    rows, _ = records(a, b, expect=1)
    got = {r["kernel"]: r for r in rows}
    assert {k: r["verdict"] for k, r in got.items()} == {"gemv_i2s__generic": "baseline", "slowed": "SLOW", "alike": "AMBG"}, got
    assert abs(got["slowed"]["over_ratio"] - 1.1) < 0.01 and got["alike"]["note"] == "time alone SLOW, over generic SAME"
    assert verdict(got["slowed"], 0.05, "over_") == "SLOW" and verdict(got["alike"], 0.05, "over_") == "SAME"
    rows, _ = records(a, b, "--absolute", expect=1)
    assert {r["verdict"] for r in rows} == {"SLOW"} and len(rows) == 3
    # Three runs of each that differ by more than any change: one run calls it SLOW, three do not.
    write(a, BENCH, bench_rows("k", x(100)))
    write(b, BENCH, bench_rows("k", x(110)))
    write(c, BENCH, bench_rows("k", x(120)))
    assert "one run of a side" in run(a, b, expect=1)
    rows, _ = records(f"{a},{c},{b}", f"{b},{a},{c}")
    assert rows[0]["verdict"] == "AMBG" and rows[0]["base_n"] == 60, rows
    assert "3 runs" in run(f"{a},{b},{c}", f"{b},{c},{a}")
    # Pairs are of the same file and row: each pair of files differs by nothing, whatever lies between the pairs, also of a case
    # that is not in every file; one that no pair of files has cannot be judged.
    times = [x(100), x(300), x(900)]
    for path, some in zip((a, b, c), (["all"], ["all", "late"], ["all", "late"])):
        write(path, BENCH, [r for k in some for r in bench_rows(k, times[(a, b, c).index(path)])])
    new = [f"{FOLDER}/new{i}.csv" for i in range(3)]
    for path, some, t in zip(new, (["all", "late", "apart"], ["all"], ["all", "late"]), times):
        write(path, BENCH, [r for k in some for r in bench_rows(k, 1.001 * t)])
    write(b, BENCH, [r for k in ("all", "late", "apart") for r in bench_rows(k, times[1])])
    rows, _ = records(f"{a},{b},{c}", ",".join(new), "--paired")
    got = {r["kernel"]: r for r in rows}
    assert {k: r["verdict"] for k, r in got.items()} == dict(all="SAME", late="SAME", apart="no pair"), got
    assert got["all"]["base_n"] == 60 and got["late"]["base_n"] == got["late"]["new_n"] == 20
    close(got["all"]["ratio"], 1.001, 1e-5)
    close(got["late"]["ratio"], 1.001, 1e-5)
    close(got["apart"]["base_us"], np.median(times[1]) / 1000, 1e-4)
    close(got["apart"]["new_us"], np.median(1.001 * times[0]) / 1000, 1e-4)
    error = run(f"{a},{b}", ",".join(new), "--paired", expect=2)
    assert error.startswith("ternlab: --paired: as many new files") and "3 and 2" in error and error.count("\n") == 1, error
    run(f"{a},{b}", ",".join(new))


def end_to_end():
    """Rates become times; where dispatch picked another variant, the way to run is still the same."""
    rng = np.random.default_rng(4)
    x = lambda scale, n=9: scale * np.exp(rng.normal(0, 0.004, n))
    a, b = f"{FOLDER}/a.csv", f"{FOLDER}/b.csv"
    rate = x(50)
    write(a, E2E, e2e_rows("old+old", x(20), x(400), rate))
    write(b, E2E, e2e_rows("new+old", x(20), x(500), rate / 2))
    rows, _ = records(a, b, expect=1)
    got = {r["figure"]: r for r in rows}
    assert {k: r["verdict"] for k, r in got.items()} == dict(ttft="SAME", prefill="FAST", decode="SLOW"), got
    close(got["decode"]["ratio"], 2)
    close(got["decode"]["base_ms"], np.median(1000 / rate))
    assert got["decode"]["kernels"] == "old+old -> new+old"
    # Two ways on one side: no guess which of them the other one is.
    write(b, E2E, e2e_rows("new+old", x(20), x(400), x(50)) + e2e_rows("newer+old", x(20), x(400), x(50)))
    assert "a case that is in" in run(a, b, expect=2)
    # One new token: there is no decode to time.
    write(a, E2E, e2e_rows("k+k", x(20), x(400), np.zeros(9)))
    rows, _ = records(a, a)
    assert {r["figure"] for r in rows} == {"ttft", "prefill"} and {r["ratio"] for r in rows} == {1}
    # A file of before there were batches: its ways are those of batch 1.
    write(a, E2E_2, e2e_rows("k+k", x(20), x(400), rate, schema=2))
    write(b, E2E, e2e_rows("k+k", x(20), x(400), rate / 2) + e2e_rows("k+k", x(90), x(400), 3 * rate, batch=4))
    rows, _ = records(a, b, expect=1)
    got = {(r["figure"], r["batch"]): r["verdict"] for r in rows}
    assert got["decode", 1] == "SLOW" and got["ttft", 1] == "SAME" and got["decode", 4] == "only in new" and len(got) == 6, got
    rows, _ = records(b, b)
    assert sum(r["verdict"] == "SAME" for r in rows) == 6
    write(a, E2E_2, e2e_rows("k+k", x(20), x(400), rate, schema=3))
    assert 'column "batch": that column expected, found none' in run(a, b, expect=2)
    write(a, E2E_3, e2e_rows("k+k", x(20), x(400), rate, schema=4))
    assert 'column "large_pct": that column expected, found none' in run(a, b, expect=2)
    for version in (1, 5, "03"):
        write(a, E2E, e2e_rows("k+k", x(20), x(400), rate, schema=version))
        assert f'version 2 to 4 expected, found "{version}"' in run(a, b, expect=2)
    # Pages of the model's file decide how fast it is read: other ones are another setting, also within one side.
    write(b, E2E, e2e_rows("k+k", x(20), x(400), rate / 2, large_pct=97))
    for share, columns, version, status in ((100, E2E, 4, 1), (78, E2E, 4, 1), (77, E2E, 4, 2), ("", E2E, 4, 1), ("", E2E_3, 3, 1)):
        write(a, columns, e2e_rows("k+k", x(20), x(400), rate, large_pct=share, schema=version))
        said = run(a, b, expect=status)
        assert ("large_pct 77 and 97" in said) == (status == 2), (share, said)
    write(a, E2E, e2e_rows("k+k", x(20), x(400), rate, large_pct=77))
    assert "not alike, compared all the same: large_pct 77 and 97" in run(a, b, "--force", expect=1)
    c = f"{FOLDER}/c.csv"
    write(c, E2E, e2e_rows("k+k", x(20), x(400), rate, large_pct=97, time=2))
    assert "large_pct 77-97 and 97" in run(f"{a},{c}", b, expect=2)


def alike():
    """Other machines and settings: what differs, and no verdict unless asked for."""
    a, b = f"{FOLDER}/a.csv", f"{FOLDER}/b.csv"
    x = np.linspace(99, 101, 9)
    write(a, BENCH, bench_rows("k", x))
    for change in (dict(host="other"), dict(cpu="other"), dict(compiler="other", flags="other"), dict(os="other"),
                   dict(governor="other", huge_pages="other")):
        write(b, BENCH, [dict(r, **change) for r in bench_rows("k", 2 * x)])
        error = run(a, b, expect=2)
        assert error.count("\n") == 1 and "--force" in error
        for column in change:
            assert f'{column} "{COMMON[column]}" and "other"' in error, error
        rows, _ = records(a, b, "--force", expect=1)
        assert rows[0]["verdict"] == "SLOW"
        assert "not alike" in run(a, b, "--force", expect=1)
    write(b, E2E, e2e_rows("k", x, x, x))
    assert "of bench, as" in run(a, b, expect=2) and "of bench, as" in run(a, b, "--force", expect=2)


if __name__ == "__main__":
    if sys.argv[1] == "--write":
        write(sys.argv[2], BENCH, bench_rows("k1", [100, 101, 102, 103, 104, 105]) + bench_rows("k2", [7, 8, 9]))
    else:
        PROGRAM, FOLDER = sys.argv[1:]
        for check in (figures, outputs, sides, end_to_end, alike):
            check()
