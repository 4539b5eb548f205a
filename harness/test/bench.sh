# What bench and machine promise: rows, verdicts, statistics. No speed is asserted here.

part_bench_stats() {
  gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -pthread -I. -Ikernels -o "$scratch/stats" harness/test/stats.c \
    build/harness/stats.o build/harness/op.o build/harness/ops/*.o build/reference/*.o build/libternlab.a -lm
  "$scratch/stats"
}

# Cold cases open where the caches are small: the arena holds two instances for each of many layouts.
part_bench_arena() {
  gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -pthread -I. -Ikernels -o "$scratch/arena" harness/test/arena.c \
    build/harness/{bench_case,bench_block,machine_roof,noise,parity,parity_worker,parity_layout,guard,stats,cli,out,op}.o \
    build/harness/{ops,probes}/*.o build/reference/*.o build/libternmodels.a build/libternlab.a -lm
  "$scratch/arena"
}

# lane: alone
part_bench_rows() {
  printf 'model,tensor,m,k\nsmall,square,64,256\n3B,down,64,8640\n' >"$scratch/s.csv"
  # Shapes from standard input serve every op that asks for them.
  build/ternlab bench --quick --reps 5 --time 50 --shapes - --sizes 1K,1M --threads 1,2 --parity 20 --kernel '@(gemv_i2s|gemv_i2s_64|gemm_i2s_64|i2s_mul_i8)__avx2' --csv "$scratch/b.csv" --json "$scratch/b.json" \
    --quiet <"$scratch/s.csv" || { [ $? -eq 1 ] && echo "note: a check of the run itself failed; rows are judged all the same"; }
  /usr/bin/env python3 - "$scratch/b.csv" "$scratch/b.json" <<'PY'
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
json.load(open(sys.argv[2]))
refused = [r for r in rows if r["ok"] == "refused"]
timed = [r for r in rows if r["ok"] != "refused"]
assert {(r["op"], r["format"], r["m"], r["k"], r["threads"], r["state"]) for r in refused} == \
    {("gemv", "i2s", "64", "8640", t, s) for t in "12" for s in ("hot", "cold")}, refused
assert all("128" in r["reason"] and not r["ns"] for r in refused)
assert all(r["ok"] == "yes" for r in timed)
assert {r["op"] for r in timed} == {"gemv", "gemm", "i2s_mul"}
# Two formats share a case, and so its blocks; each has the baselines of its own.
assert {r["format"] for r in timed if r["op"] == "gemv"} == {"i2s", "i2s_64"}
assert {r["n"] for r in timed if r["op"] == "gemm"} == {"8"}
assert {r["phase"] for r in timed} == {"run", "prepare", "pack"}
assert ("cold", "1M") in {(r["state"], r["label"]) for r in timed}
series = {}
for r in timed:
    key = tuple(r[c] for c in ("op", "kernel", "m", "k", "n", "threads", "state", "phase"))
    series.setdefault(key, []).append(r)
for key, reps in series.items():
    assert [int(r["rep"]) for r in reps] == list(range(len(reps))) and len(reps) >= 5, (key, len(reps))
    for r in reps:
        assert float(r["ns"]) > 0 and int(r["calls"]) >= 1 and r["stop"] in ("stable", "time", "repetitions"), r
        assert bool(r["gmacs"]) == bool(r["gbps"]) == bool(r["roof_pct"]) == (r["phase"] == "run"), r
# 64 x 256: 4,096 bytes of weights; hot also 256 activations, their sum and 64 results of 4 bytes, which stay warm when cold.
moved = {(r["state"], round(float(r["gbps"]) * float(r["ns"]))) for r in timed if (r["op"], r["format"], r["phase"]) == ("gemv", "i2s", "run") and float(r["ns"]) < 1e5}
assert {state for state, _ in moved} == {"hot", "cold"}
assert all(abs(b - (4612 if state == "hot" else 4096)) <= 4 for state, b in moved), moved
# A speed-up is the ratio inside one block: the generic row of the same block, not a mean.
for key, reps in series.items():
    op, kernel, phase = key[0], key[1], key[7]
    plain = series.get((op, kernel.split("__")[0] + "__generic") + key[2:])
    vector = series.get((op, kernel.split("__")[0] + "__autovec_" + reps[0]["isa"]) + key[2:])
    if phase == "pack":
        continue
    assert plain, key
    for i, r in enumerate(reps):
        assert r["baseline_ns"] == plain[i]["ns"], (key, i)
        assert abs(float(r["speedup"]) - float(plain[i]["ns"]) / float(r["ns"])) <= 1e-3 * float(r["speedup"]) + 1e-4, r
        if phase == "run" and reps[0]["isa"] != "generic":
            assert r["autovec_ns"] == vector[i]["ns"], (key, i)
PY
}

# A wrong kernel is named and not timed; a roof that is too low is called wrong. Both end with 1.
part_bench_verdicts() {
  local t=$scratch/tree status=0
  grep -q avx2 /proc/cpuinfo || { echo "this CPU has no AVX2"; return 77; }
  copy_built_tree "$t"
  sed -i 's/\.run = run/.run = run_wrong/; s/^TK_KERNEL(/static void run_wrong(const tk_args *a) { (void)run; ((float *)a->y)[a->begin] = 1.0f; }\n&/' "$t/kernels/ternary_mul/i8__avx2.c"
  sed -i 's/\.ops = [0-9.]* \* [0-9]*/.ops = 1e-3/; s/\.ops = 4,/.ops = 1e-3,/' "$t"/harness/probes/int8__*.c
  grep -q run_wrong "$t/kernels/ternary_mul/i8__avx2.c"
  [ "$(grep -l 'ops = 1e-3' "$t"/harness/probes/int8__*.c | wc -l)" -eq "$(ls "$t"/harness/probes/int8__*.c | wc -l)" ]
  make -s -C "$t" -j"$CI_JOBS" all
  "$t/build/ternlab" bench --quick --op ternary_mul --sizes 1K --state hot --kernel '*__avx2' --csv "$scratch/w.csv" --quiet 2>"$scratch/err" || status=$?
  [ $status -eq 1 ] || { echo "wrong kernel: exit 1 expected, found $status"; return 1; }
  grep -q 'ternary_mul_i8__avx2: .*not timed' "$scratch/err"
  grep -q 'ternary_mul_i8__generic' "$scratch/w.csv"
  if grep -q 'ternary_mul_i8__avx2' "$scratch/w.csv"; then echo "a wrong kernel was timed"; return 1; fi
  printf 'model,tensor,m,k\nsmall,square,64,256\n' >"$scratch/s.csv"
  status=0
  "$t/build/ternlab" bench --quick --op gemv --shapes "$scratch/s.csv" --state hot --phase run --kernel '*__avx2' --quiet 2>"$scratch/err" || status=$?
  [ $status -eq 1 ] || { echo "wrong roof: exit 1 expected, found $status"; return 1; }
  grep -q 'gemv_i2s__avx2: .*the roof is wrong' "$scratch/err"
}

part_bench_bad_input() {
  local t=build/ternlab
  expect 2 '1K,' $t bench --op ternary_mul --sizes 1K,
  expect 2 '""' $t bench --op ternary_mul --sizes ''
  expect 2 'at most 8' $t bench --threads 1,1,1,1,1,1,1,1,1
  expect 2 'at most 8' $t machine --threads 1,1,1,1,1,1,1,1,1
  expect 2 'no/such/x.json' $t bench --op ternary_mul --json no/such/x.json
  expect 2 'no/such/x.md' $t bench --op ternary_mul --md no/such/x.md
  expect 2 'No space left' $t bench --quick --op ternary_mul --sizes 1K --state hot --kernel '*generic' --quiet --csv /dev/full
}

# lane: alone
part_machine() {
  # More threads than the smallest sets have parts for: those sets are left out.
  timeout 100 build/ternlab machine --quick --threads 1,16 --csv "$scratch/m.csv" --quiet
  /usr/bin/env python3 - "$scratch/m.csv" <<'PY'
import csv, glob, os, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
many = [r["bytes"] for r in rows if r["threads"] == "16" and r["name"] == "read"]
assert many[0] == "32768" and len(many) == 10, many
rows = [r for r in rows if r["threads"] != "16"]
value = lambda kind: [r for r in rows if r["kind"] == kind]
assert {"cpu", "caches", "governor", "virtual machine", "load average"} <= {r["name"] for r in value("fact")}
read = [r for r in value("roof") if r["name"].startswith("read")]
assert len(read) == 12 and sum("cold" in r["name"] for r in read) == 1
# Caches as the kernel tells them: of the first CPU; cold reads rotate through four times the last ones of all CPUs.
caches = lambda cpu: {c[0]: (int(c[2][:-1]), c[3]) for path in sorted(glob.glob(f"{cpu}/cache/index*"))
                      for c in [[open(f"{path}/{what}").read().strip() for what in ("level", "type", "size", "shared_cpu_list")]] if c[1] != "Instruction"}
first = caches("/sys/devices/system/cpu/cpu0")
if first:
    [said] = [r["value"] for r in value("fact") if r["name"] == "caches"]
    assert said == "L1d {} KiB, L2 {} KiB, L3 {} KiB".format(*(first.get(level, [0])[0] for level in "123")), (said, first)
    last = {(level, shared): kib for cpu in glob.glob("/sys/devices/system/cpu/cpu[0-9]*") for level, (kib, shared) in caches(cpu).items() if level == max(first)}
    [cold] = [int(r["bytes"]) for r in read if "cold" in r["name"]]
    assert cold == 4096 * sum(last.values()) + (64 << 20) or cold < 4096 * sum(last.values()) and cold > os.sysconf("SC_PHYS_PAGES") * 4096 // 8, (cold, last)
for r in read: # the roof is the best of at least eight forms, and each is in the file
    forms = {f["form"]: float(f["value"]) for f in value("read form") if f["bytes"] == r["bytes"]}
    assert len(forms) >= 8 and max(forms.values()) == float(r["value"]) == forms[r["form"]] > 0, r
for kind in ("int8", "f32"):
    [roof] = [r for r in value("roof") if r["name"] == kind]
    assert float(roof["value"]) == max(float(f["value"]) for f in value(kind + " form")) > 0
PY
}

# The speed-ups of ten cases as bench prints them, and by the time of whole processes that only call the variant.
# lane: alone
long_bench_by_processes() {
  gcc -std=c11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Ikernels harness/test/calls.c build/libternlab.a -lm -lpthread -o "$scratch/calls"
  python3 harness/test/calls.py build/ternlab "$scratch/calls" "$scratch"
}
