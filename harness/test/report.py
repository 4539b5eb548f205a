#!/usr/bin/env python3
"""report.py PROGRAM FOLDER: the pages of made-up machines, one by one and merged: both are there, one is shown, and pictures of
the same name have the same axes."""
import csv, html.parser, os, re, subprocess, sys
from compare import BENCH, E2E, E2E_2, bench_rows, e2e_rows, write

SHAPES = [(64, 256), (640, 2560), (2560, 2560), (2560, 6912)]


def run(*arguments, expect=0):
    p = subprocess.run([PROGRAM, "report", *map(str, arguments)], capture_output=True, text=True, cwd=FOLDER)
    assert p.returncode == expect, (arguments, p.returncode, p.stdout[-2000:], p.stderr)
    return p.stdout if expect < 2 else p.stderr


def machine(name, cpu, speed, shapes, decode):
    """`speed` times as fast as generic; e2e decodes so many tokens a second at two depths."""
    os.mkdir(f"{FOLDER}/{name}")
    here = dict(host=name, cpu=cpu)
    rows = []
    for op in ("gemv", "softmax"):
        for m, k in shapes:
            for kernel, times in (("generic", 1), ("avx2", speed)):
                x = [100.0 * m * k / 1000 / times * f for f in (1, 1.01, 0.99, 1.02, 0.98)]
                for r, ns in zip(bench_rows(f"{op}_f__{kernel}", x), x):
                    rows.append(dict(r, **here, op=op, m=m, k=k, isa=kernel, label="x y", speedup=times, gmacs=times, gbps=times,
                                     roof_pct=5 * times, int8_pct=1, dram_pct=1))
    write(f"{FOLDER}/{name}/bench_a.csv", BENCH, rows[:len(rows) // 2])
    write(f"{FOLDER}/{name}/bench_b.csv", BENCH, rows[len(rows) // 2:])
    parts = {c: 1 for c in E2E if c.startswith("ms_")}
    e2e = [dict(r, **here, **parts, depth=depth, tok_ms_p50=5, tok_ms_p95=6, tok_ms_p99=7, peak_rss_mb=9, bytes_per_token=1e6)
           for depth in (0, 512) for r in e2e_rows("k+k", [20, 21], [400, 410], [decode, decode / 1.01])]
    batched = [dict(r, **here, **parts, prompt=prompt, tok_ms_p50=5, tok_ms_p95=6, tok_ms_p99=7, peak_rss_mb=9, bytes_per_token=1e6)
               for batch, prompt in ((1, 16), (4, 16), (16, 16), (1, 64), (16, 64))
               for r in e2e_rows("k+k", [20, 21], [400, 410], [decode * batch ** 0.5] * 2, gen=16, batch=batch)]
    write(f"{FOLDER}/{name}/e2e.csv", E2E, e2e + batched)
    with open(f"{FOLDER}/{name}/parity.csv", "w") as f:
        f.write("kernel,op,isa,cases,passed,verdict,detector,first failure\n")
        f.writelines(f"{op}_f__{isa},{op},{isa},9,9,passed,,\n" for op in ("gemv", "softmax") for isa in ("generic", "avx2"))
    with open(f"{FOLDER}/{name}/machine.csv", "w") as f:
        f.write(f'kind,name,threads,bytes,value,unit,form\nfact,cpu,,,"{cpu}",,\nfact,cores,,,2,,\nfact,caches,,,some,,\n')
        f.writelines(f"roof,read,1,{2 ** i},{speed * (20 - i)},GB/s,form\n" for i in range(14, 18))


def ticks(path):
    """The numbers along the axes of a picture, and where they stand."""
    return re.findall(r'translate\(([\d.]+),([\d.]+)\)"[^>]*>\s*<text>\s*([\d.]+ ?[KMG]?i?B?)</text>', open(path).read())


class Page(html.parser.HTMLParser):
    void = set("meta br img hr link input path line rect circle polyline polygon use stop col".split())

    def __init__(self, text):
        super().__init__()
        self.stack, self.parts, self.inputs, self.labels = [], {}, [], []
        self.feed(text)
        assert not self.stack, self.stack

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "input":
            self.inputs.append(attrs)
        if tag == "section":
            self.parts[attrs["id"]] = ""
        if tag not in self.void:
            self.stack.append((tag, attrs))

    def handle_endtag(self, tag):
        if tag not in self.void:
            assert self.stack and self.stack.pop()[0] == tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data):
        for tag, attrs in self.stack:
            if tag == "section":
                self.parts[attrs["id"]] += data
        if self.stack and self.stack[-1][0] == "label":
            self.labels.append(data)


PROGRAM, FOLDER = sys.argv[1:]
machine("slow", "Slow <1> & co", 2, SHAPES[1:], 10)
machine("fast", "Fast 9000", 12, SHAPES[:3], 95)
for name in ("slow", "fast"):
    run("--bench", f"{name}/bench_a.csv,{name}/bench_b.csv", "--parity", f"{name}/parity.csv", "--machine", f"{name}/machine.csv",
        "--e2e", f"{name}/e2e.csv", "-o", f"alone-{name}")
assert run("slow", "fast", "-o", "both").strip() == "both/report.html"
text, md = (open(f"{FOLDER}/both/report.{x}").read() for x in ("html", "md"))
page = Page(text)
assert not re.search(r'(?:src|href)="(?!#|data:)', text), "the page is not self-contained"
# Both machines, the first one chosen, each with a rule that shows its part and hides the others without any script.
assert [i["id"] for i in page.inputs] == ["pick0", "pick1"] and "checked" in page.inputs[0] and "checked" not in page.inputs[1]
assert {i["name"] for i in page.inputs} == {"pick"} and {i["type"] for i in page.inputs} == {"radio"}
assert page.labels == ["Slow <1> & co (slow)", "Fast 9000 (fast)"] and list(page.parts) == ["part0", "part1"]
assert ".part{display:none}" in text and all(f"#pick{i}:checked~#part{i}{{display:block}}" in text for i in (0, 1))
assert "Slow <1> & co" in page.parts["part0"] and "Fast" not in page.parts["part0"] and "Fast 9000" in page.parts["part1"]
assert "# Slow <1> & co (slow)" in md and "# Fast 9000 (fast)" in md
assert re.search(r"\| gemv \| 2 GMAC/s \(gemv_f__avx2, \S+\) \| 12 GMAC/s \(gemv_f__avx2, \S+\) \|", md), md[:3000]
links = re.findall(r"\]\((\S+\.svg)\)", md)
assert links and all(os.path.exists(f"{FOLDER}/both/{l}") for l in links) and {l.split("/")[0] for l in links} == {"machine-1", "machine-2"}
assert text.count("<svg") == len(links)
# Alone each picture has the axes that suit it; together they have the same.
same = differ = 0
for l in links:
    if not l.startswith("machine-1/"):
        continue
    name = l.split("/")[1]
    mine, theirs = ticks(f"{FOLDER}/both/machine-1/{name}"), ticks(f"{FOLDER}/both/machine-2/{name}")
    assert len(mine) >= 4 and mine == theirs, (name, mine, theirs)
    same += 1
    differ += ticks(f"{FOLDER}/alone-slow/{name}") != ticks(f"{FOLDER}/alone-fast/{name}")
assert same >= 6 and differ >= 4, (same, differ)
assert not any(f.endswith(".axes") for _, _, files in os.walk(FOLDER) for f in files)
# Batches have their pictures; a file of before there were any has the others.
assert all(os.path.exists(f"{FOLDER}/both/machine-1/e2e_{x}.svg") for x in ("depth", "batch", "prefill"))
assert "1 thread" not in open(f"{FOLDER}/alone-slow/e2e_batch.svg").read() and "2 threads, prompt 16, depth 0" in open(f"{FOLDER}/alone-slow/e2e_batch.svg").read()
assert "batch" not in open(f"{FOLDER}/alone-slow/e2e_latency.svg").read() and "| 16 | 0 | 16 |" in md
os.mkdir(f"{FOLDER}/old")
figures = dict({c: 1 for c in E2E if c.startswith("ms_")}, tok_ms_p50=5, tok_ms_p95=6, tok_ms_p99=7, peak_rss_mb=9, bytes_per_token=1e6)
old = [dict(r, **figures, schema=2, batch="") for r in e2e_rows("k+k", [20, 21], [400, 410], [7, 8])]
write(f"{FOLDER}/old/e2e.csv", E2E_2, old)
run("--bench", "slow/bench_a.csv,slow/bench_b.csv", "--parity", "slow/parity.csv", "--machine", "slow/machine.csv", "--e2e", "old/e2e.csv", "-o", "alone-old")
assert os.path.exists(f"{FOLDER}/alone-old/e2e_depth.svg") and not os.path.exists(f"{FOLDER}/alone-old/e2e_batch.svg")
# One folder alone: the page that the same files make; it says how to make it again.
assert run("slow", "-o", "one").strip() == "one/report.html" and not os.path.exists(f"{FOLDER}/one/machine-1")
page = open(f"{FOLDER}/one/report.md").read()
assert page == open(f"{FOLDER}/alone-slow/report.md").read()
again = "report --bench slow/bench_a.csv,slow/bench_b.csv --parity slow/parity.csv --machine slow/machine.csv --e2e slow/e2e.csv -o DIR`"
assert again in page, page[-1000:]
# What is not a whole folder is refused.
assert "both" in run("slow", "fast", "--e2e", "slow/e2e.csv", expect=2)
assert "bench*.csv" in run("slow", "nowhere", "-o", "none", expect=2) and not os.path.exists(f"{FOLDER}/none")
os.remove(f"{FOLDER}/fast/parity.csv")
assert "fast/parity.csv" in run("slow", "fast", "-o", "none", expect=2) and not os.path.exists(f"{FOLDER}/none")


# Every variant and every shape has a cell: by its label where shapes are an op's own, with its tokens where there are several.
def cell(op, variant, shape, speed=2, ok="yes", **more):
    return {**bench_rows(f"{op}_{variant}" if variant else "", [100.0 / speed], ok=ok)[0], **dict(zip("mkn", shape)), **dict(
        op=op, speedup=speed, gmacs=speed, gbps=speed, label="x y", roof_pct=5 * speed, int8_pct=1, dram_pct=1, roof_kind="read"), **more}


def table(md, heading):
    """The first table below a heading, row by row."""
    lines = md[md.index(heading):].splitlines()
    first = next(i for i, l in enumerate(lines) if l.startswith("|"))
    rows = []
    for l in lines[first:]:
        if not l.startswith("|"):
            return rows
        rows.append([c.strip() for c in l.strip("|").split("|")])


LABELS = ("decode at 128", "decode at 1024", "decode at 4096", "32 tokens at 512")
many = [cell("attention_f16", "f32__avx2", (4, 128, 1), 2 + i, label=l) for i, l in enumerate(LABELS)]
many += [cell("gemm", "i2s__avx2", (64, 256, n), speed) for n, speed in ((8, 3), (128, 4))]
many += [cell("softmax", "f32__avx2", (1, k, 1), 2, label=l) for k, l in ((1536 * 1024, "1536K"), (2 << 20, "2M"), (1000, "1000"))]
many += [cell("gemv", f"v{i}__avx2", (64, k, 1), 2 + i / 100 + j, state=state, roof_pct=10 + i / 10) for state in ("hot", "cold")
         for j, k in enumerate((256, 512, 768)) for i in range(92)]
many += [cell("gemv", "bound__avx2", (64, 256, 1), 3, state="cold", roof_pct=99, roof_kind="int8")]
many += [cell("rms_norm", "f32__avx2", (1, 64, 1), 2), dict(cell("rms_norm", "f32__avx512", (1, 64, 1), 3), speedup="")]
refused = dict(speedup="", gmacs="", gbps="", roof_pct="", ns="", rep="", isa="")
many += [cell("gemv", "", (64, 8640, 1), 1, "refused", **dict(refused, state=state, threads=threads, reason=reason, roof_kind=""))
         for reason in ("K of i2s", "K of tl1") for state in ("hot", "cold") for threads in (2, 4)]
write(f"{FOLDER}/many.csv", BENCH, many)
with open(f"{FOLDER}/many-parity.csv", "w") as f:
    f.write("kernel,op,isa,cases,passed,verdict,detector,first failure\n")
    f.writelines(f"{k},x,avx2,9,9,passed,,\n" for k in sorted({r["kernel"] for r in many}))
open(f"{FOLDER}/bars.csv", "w").write('kind,name,threads,bytes,value,unit,form\nfact,cpu,,,a | b,,\nroof,read,1,16384,20,GB/s,|\n')
run("--bench", "many.csv", "--parity", "many-parity.csv", "--machine", "bars.csv", "-o", "many")
md = open(f"{FOLDER}/many/report.md").read()
assert "| cpu | a \\| b |\n" in md and "| GB/s | \\| |\n" in md
assert table(md, "## attention_f16") == [["variant, x generic", "geomean", *LABELS], ["---"] + 5 * ["---:"],
                                         ["attention_f16_f32__avx2", "3.31", "**2.00**", "**3.00**", "**4.00**", "**5.00**"]], table(md, "## attention_f16")
assert table(md, "## gemm")[0][2:] == ["64x256x8", "64x256x128"] and table(md, "## gemm")[2][2:] == ["**3.00**", "**4.00**"]
assert table(md, "## softmax")[0][2:] == ["1536K", "2M", "1000"]
assert len(table(md, "### gemv, hot, 1 thread")) == 2 + 92 and len(table(md, "gemv, hot, 1 thread:")) == 2 + 92
assert table(md, "## rms_norm")[2:] == [["rms_norm_f32__avx2", "2.00", "2.00"], ["rms_norm_f32__avx512", "-", "-"]], table(md, "## rms_norm")
assert "- **19 %** of the measured read roof: gemv_v91__avx2" in md and " 1 thread: " in md and "0.0x" not in md, md[:2000]
assert table(md, "## Refused shapes")[2:] == [["gemv", "64x8640", "x y", f"K of {f}"] for f in ("i2s", "tl1")]

# All ways to run, however many, each by a name of its own.
ways = [dict(r, **figures) for kernels in ("a+a", "b+b") for prompt in (16, 64) for depth in range(0, 1000, 50)
        for r in e2e_rows(kernels, [20, 21], [400, 410], [7, 8], prompt=prompt, depth=depth)]
write(f"{FOLDER}/ways.csv", E2E, ways)
run("--bench", "slow/bench_a.csv", "--parity", "slow/parity.csv", "--machine", "slow/machine.csv", "--e2e", "ways.csv", "-o", "ways")
assert len(table(open(f"{FOLDER}/ways/report.md").read(), "## A whole model")) == 2 + 80
names = {f"2 threads, prompt {prompt}, depth 50, kernels {kernels}" for prompt in (16, 64) for kernels in ("a+a", "b+b")}
for data in ("e2e_latency.dat", "e2e_parts.dat"):
    found = re.findall(r'^"(.*?)"', open(f"{FOLDER}/ways/{data}").read(), re.M)
    assert len(set(found)) == len(found) and names <= set(found), (data, found)
found = re.findall(r'^"(.*?)"', open(f"{FOLDER}/ways/e2e_depth.dat").read(), re.M)
assert found == [n.replace(", depth 50", "") for n in sorted(names, key=lambda n: (n[-3:], n))], found

# A cell that is not what its column holds is refused, wherever it is, and so is a file that was cut.
def damaged(option, column, value, message, line=3):
    """The CSV file of this option with one cell changed (value None: without that column; column None: without its last byte)."""
    files = dict(bench="slow/bench_a.csv", parity="slow/parity.csv", machine="slow/machine.csv", e2e="slow/e2e.csv", eval="eval.csv",
                 training="training.csv")
    rows = list(csv.reader(open(f"{FOLDER}/{files[option]}", newline="")))
    if column is not None:
        at = rows[0].index(column)
        for row in rows if value is None else [rows[line - 1]]:
            row[at:at + 1] = [] if value is None else [value]
    with open(f"{FOLDER}/damaged.csv", "w", newline="") as f:
        csv.writer(f, lineterminator="\n").writerows(rows)
    if column is None:
        os.truncate(f"{FOLDER}/damaged.csv", os.path.getsize(f"{FOLDER}/damaged.csv") - 1)
    files[option] = "damaged.csv"
    error = run(*(x for o, path in files.items() for x in ("--" + o, path)), "-o", "none", expect=2)
    where = f'damaged.csv:{line if column else len(rows)}: ' if value is not None or column is None else "damaged.csv: "
    assert where in error and message in error and error.count("\n") == 1 and not os.path.exists(f"{FOLDER}/none"), error


open(f"{FOLDER}/eval.csv", "w").write("suite,metric,topic,value,low,high,n\nqa,kl,all,0.5,-0.1,1,4\nqa,acc,all,0.5,0.1,1,4\n")
open(f"{FOLDER}/training.csv", "w").write("step,tokens,loss,valid,seconds\n1,10,8,,1\n2,20,4,5.5,2\n")
run("--bench", "slow/bench_a.csv", "--parity", "slow/parity.csv", "--machine", "slow/machine.csv", "--eval", "eval.csv", "--training",
    "training.csv", "-o", "alone-slow")
for op in ('x"; system("touch pwned"); y="', "x'; system('touch pwned'); y='", "../../x", "`touch pwned`", "a\nb"):
    damaged("bench", "op", op, 'column "op": small letters, digits and _ expected')
damaged("bench", "kernel", 'k"', 'column "kernel": small letters')
damaged("bench", "state", "../hot", 'column "state": one of hot,cold expected, found "../hot"')
damaged("bench", "phase", "running", 'column "phase": one of run,prepare,pack expected')
damaged("bench", "threads", "two", 'column "threads": a number of threads, 1 to 256, expected, found "two"')
damaged("bench", "threads", "257", 'column "threads": a number of threads')
damaged("bench", "ok", "maybe", 'column "ok": one of yes,no,refused expected')
damaged("e2e", "schema", "9", 'column "schema": one of 2,3,4 expected, found "9"')
damaged("e2e", "decode_tps", "abc", 'column "decode_tps": a number expected, found "abc"')
damaged("e2e", "ms_head", "", 'column "ms_head": a number expected')
damaged("e2e", "prompt", "-1", 'column "prompt": a whole number expected')
damaged("e2e", "model", "a\x1b[31m", 'column "model": text without control characters expected, found "a?[31m"')
for column in ("ms_qkv", "ms_down", "batch", "large_pct"):
    damaged("e2e", column, None, f'a column "{column}" was expected')
damaged("eval", "value", "abc", 'column "value": a number expected', 2)
damaged("training", "loss", "nan", 'column "loss": a number expected')
damaged("machine", "value", "fast", 'column "value": a number expected, found "fast"', 5)
damaged("parity", "verdict", "fine", 'column "verdict": one of passed,')
for option in ("bench", "parity", "machine", "e2e", "eval", "training"):
    damaged(option, None, None, "a newline at the end of the row expected")
# Nothing that is written of a folder, or of a unit in a store, is a command to gnuplot.
for folder in ("it's", "<touch pwned", "|touch pwned", "`touch pwned`", 'a"b'):
    run("--bench", "slow/bench_a.csv", "--parity", "slow/parity.csv", "--machine", "slow/machine.csv", "-o", folder)
    assert os.path.exists(f"{FOLDER}/{folder}/machine.svg")
assert not os.path.exists(f"{FOLDER}/pwned")
