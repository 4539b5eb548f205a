#!/usr/bin/env python3
"""history.py PROGRAM FOLDER: appends made-up runs of which the truth is known, and checks what the history says of them.
history.py --write FILE RUN: the CSV file of one such run."""
import csv, json, os, re, subprocess, sys
import numpy as np
from compare import BENCH, E2E, E2E_2, bench_rows, e2e_rows, write

RUNS, PLANTED, CHANGED = 24, 14, 17


def run(*arguments, expect=0):
    p = subprocess.run([PROGRAM, "history", *map(str, arguments)], capture_output=True, text=True, cwd=FOLDER)
    assert p.returncode == expect, (arguments, p.returncode, p.stdout[-2000:], p.stderr)
    return p.stdout if expect < 2 else p.stderr


def rows_of(i):
    """Run i: generic and `flat` stay but for the noise, `slowed` takes 12 % more from run PLANTED on, and from run CHANGED on
    another machine of two threads takes 30 % more for everything."""
    rng = np.random.default_rng(i)
    x = lambda scale: scale * np.exp(rng.normal(0, 0.01)) * np.exp(rng.normal(0, 0.01, 9))
    name = dict(git=f"run{i}", time=1000 + i)
    plain = x(1000)
    rows = bench_rows("gemv_i2s__generic", plain, plain, **name) + bench_rows("flat", x(100), plain, **name) \
        + bench_rows("slowed", x(112 if i >= PLANTED else 100), plain, **name)
    slower = 1.3 if i >= CHANGED else 1
    plain = x(1000 * slower)
    for r in bench_rows("gemv_i2s__generic", plain, plain, **name) + bench_rows("flat", x(100 * slower), plain, **name):
        rows.append(dict(r, threads=2))
    rows[3]["disturbed"] = "steal+clock"
    return rows


def stored(store="reports/history"):
    return list(csv.DictReader(open(f"{FOLDER}/{store}/history.csv", newline="")))


def figures():
    """What is stored of a run, and how it is named."""
    write(f"{FOLDER}/r0.csv", BENCH, rows_of(0))
    refused = dict(rows_of(1)[0], ok="refused", kernel="", rep="", ns="", baseline_ns="", k=8640)
    write(f"{FOLDER}/r1.csv", BENCH, rows_of(1) + [refused] + bench_rows("wrong", [5, 5], ok="no", git="run1", time=1001))
    run("add", "r0.csv", "r1.csv", "--store", "one")
    rows = stored("one")
    assert len(rows) == 10 and all(r["schema"] == "1" and r["kind"] == "bench" and r["cpu"] == "c, 1" and r["isa"] == "avx2" for r in rows)
    [r] = [r for r in rows if "flat" in r["case"] and r["threads"] == "1" and r["git"] == "run0"]
    assert r["case"] == "gemv m 64 k 256 n 1 hot run flat a, b", r
    ns = np.array([float(x["ns"]) for x in rows_of(0) if x["kernel"] == "flat" and x["threads"] == 1])
    plain = np.array([float(x["baseline_ns"]) for x in rows_of(0) if x["kernel"] == "flat" and x["threads"] == 1])
    near = lambda a, b: abs(float(a) - b) <= 1e-4 * b
    assert near(r["median"], np.median(ns) / 1000) and near(r["over"], np.median(ns / plain)) and r["unit"] == "us"
    assert abs(float(r["spread"]) - np.median(abs(ns - np.median(ns))) / np.median(ns)) < 1e-4
    assert (r["samples"], r["disturbed"], r["time"], r["commit_time"]) == ("9", "0", "1000", "")
    assert [x["disturbed"] for x in rows if "generic" in x["case"] and x["threads"] == "1"] == ["1", "1"]
    assert all(x["over"] == "" for x in rows if "generic" in x["case"])
    # A commit that git knows has its time.
    git = lambda *a: subprocess.run(["git", "-C", os.path.dirname(PROGRAM), *a], capture_output=True, text=True).stdout.strip()
    head = git("describe", "--always")
    if head:
        write(f"{FOLDER}/r2.csv", BENCH, bench_rows("flat", [1, 2, 3], git=head + "-dirty", time=5))
        run("add", "r2.csv", "--store", "one")
        assert stored("one")[-1]["commit_time"] == git("log", "-1", "--format=%ct"), stored("one")[-1]
    # End to end: three figures a way to run; what dispatch picked is not in the name.
    e = e2e_rows("old+old", [20, 21], [400, 410], [50, 51])
    write(f"{FOLDER}/e.csv", E2E, e)
    run("add", "e.csv", "--store", "two")
    assert [r["case"] for r in stored("two")] == [f"m.gguf b3 f16 {f} prompt 8 depth 0 gen 4" for f in ("ttft", "prefill", "decode")]
    assert stored("two")[2]["unit"] == "ms" and near(stored("two")[2]["median"], np.median([1000 / 50, 1000 / 51]))
    # A file of before there were batches belongs to the same series; several sequences at once have their own.
    write(f"{FOLDER}/e.csv", E2E_2, e2e_rows("old+old", [20, 21], [400, 410], [50, 51], schema=2, time=3))
    write(f"{FOLDER}/e4.csv", E2E, e2e_rows("old+old", [20, 21], [400, 410], [50, 51], batch=4, time=4))
    run("add", "e.csv", "e4.csv", "--store", "two")
    assert [r["case"][10:] for r in stored("two")[2::3]] == 2 * ["f16 decode prompt 8 depth 0 gen 4"] + ["f16 decode prompt 8 depth 0 gen 4 batch 4"]
    write(f"{FOLDER}/e.csv", E2E, e + e2e_rows("new+old", [20, 21], [400, 410], [50, 51], time=2))
    assert "one choice of kernels" in run("add", "e.csv", "--store", "three", expect=2) and not os.path.exists(f"{FOLDER}/three")


def changes():
    """The planted change is found, at its commit; the machine's own is one, too, but not over generic; nothing else is."""
    files = []
    for i in range(RUNS):
        files.append(f"run{i}.csv")
        write(f"{FOLDER}/{files[-1]}", BENCH, rows_of(i))
    assert "120 rows added, 120 in all" in run("add", *files)
    rows = json.loads(run("show", "--json", "-"))
    got = {(re.search(r"run (\w+)", r["case"]).group(1), r["threads"]): r for r in rows}
    assert set(got) == {("slowed", 1), ("flat", 2), ("gemv_i2s__generic", 2)} and len(rows) == 3, rows
    r = got["slowed", 1]
    assert r["commit"] == f"run{PLANTED}" and r["runs"] == f"{PLANTED}+{RUNS - PLANTED}" and abs(r["change %"] - 12) < 3
    assert abs(r["over generic %"] - 12) < 3 and r["p"] < 0.01 and r["date"] == "1970-01-01 00:16", r
    r = got["flat", 2]
    assert r["commit"] == f"run{CHANGED}" and abs(r["change %"] - 30) < 5 and abs(r["over generic %"]) < 2, r
    text = run("show")
    assert text == run("show") and "3 changes in 5 series of 120 runs; threshold 5 %, seed 1" in text
    assert "0 changes in 2 series" in run("show", "--case", "*flat*", "--threshold", 80) and "none" in run("show", "--case", "no", expect=2)
    run("show", "--csv", "out.csv", "--md", "out.md")
    assert [r["commit"] for r in csv.DictReader(open(f"{FOLDER}/out.csv", newline=""))] == [r["commit"] for r in rows]
    assert sum(l.startswith("|") for l in open(f"{FOLDER}/out.md")) == 5
    # The order of adding means nothing.
    run("add", *files[::-1], "--store", "backwards")
    assert run("show", "--store", "backwards") == text
    # A run that is there already, alone or among new ones: nothing is added.
    before = open(f"{FOLDER}/reports/history/history.csv", "rb").read()
    write(f"{FOLDER}/next.csv", BENCH, rows_of(RUNS))
    assert "there already" in run("add", "next.csv", files[3], expect=2)
    assert "there already" in run("add", "next.csv", "next.csv", expect=2)
    assert open(f"{FOLDER}/reports/history/history.csv", "rb").read() == before
    # Drawn: each case that changed; with --case all of them.
    run("plot", "-o", "page")
    page, md = (open(f"{FOLDER}/page/history.{x}").read() for x in ("html", "md"))
    assert page.count("<svg") == md.count(".svg)") == 3 and f"run{PLANTED}" in page and not re.search(r'(?:src|href)="(?!#|data:)', page)
    run("plot", "-o", "page", "--case", "*flat*")
    assert open(f"{FOLDER}/page/history.html").read().count("<svg") == 2
    assert re.search(r"^48 runs of cases in 2 series, 1 changes", open(f"{FOLDER}/page/history.md").read(), re.M)
    for option in ("--csv", "--json", "--md"):
        assert f"ternlab: {option}: show was expected, found plot" in run("plot", option, "x", expect=2) and not os.path.exists(f"{FOLDER}/x")
    # A commit is text, whatever it looks like; a bar ends no cell of Markdown; of very many pictures it is said which are missing.
    os.mkdir(f"{FOLDER}/many")
    with open(f"{FOLDER}/many/history.csv", "w", newline="") as f:
        w = csv.DictWriter(f, stored()[0], lineterminator="\n")
        w.writeheader()
        w.writerows(dict(r, case=f"slow|{i}", git="12345e6789" if r["git"] == f"run{PLANTED}" else r["git"])
                    for i in range(30) for r in stored() if " slowed " in r["case"])
    rows = json.loads(run("show", "--json", "-", "--store", "many"))
    assert len(rows) == 30 and {r["commit"] for r in rows} == {"12345e6789"}, rows
    assert all(l.count("|") - l.count("\\|") == 14 for l in run("show", "--md", "-", "--store", "many").splitlines() if l.startswith("|"))
    run("plot", "--store", "many", "-o", "many")
    md = open(f"{FOLDER}/many/history.md").read()
    assert md.count(".svg)") == 24 and "Pictures of the first 24 series; of 6 more" in md
    # What a store says is no command to gnuplot.
    os.mkdir(f"{FOLDER}/odd")
    for unit in ('us"; system("touch pwned"); y="', "us'; system('touch pwned'); y='", "`touch pwned`"):
        with open(f"{FOLDER}/odd/history.csv", "w", newline="") as f:
            w = csv.DictWriter(f, stored()[0], lineterminator="\n")
            w.writeheader()
            w.writerows(dict(r, unit=unit) for r in stored())
        run("plot", "--store", "odd", "-o", "odd", "--case", "*flat*")
        assert os.path.exists(f"{FOLDER}/odd/history-1.svg") and not os.path.exists(f"{FOLDER}/pwned")


if sys.argv[1] == "--write":
    write(sys.argv[2], BENCH, rows_of(int(sys.argv[3])))
else:
    PROGRAM, FOLDER = sys.argv[1:]
    os.mkdir(f"{FOLDER}/reports")
    figures()
    changes()
