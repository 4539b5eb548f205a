# The pipeline model: every figure is labelled, and what it says of kernels whose speed is known is the right way round.

# lane: long
part_modelled() {
  [ -n "$(compgen -c llvm-mca)" ] || { echo "no llvm-mca here"; return 77; }
  ! need_arm >/dev/null || make_arm
  ci/mca "$scratch/m.md" 'gemv_i2s__*' >/dev/null
  grep -q '^Every figure here but those of the column "measured" is MODELLED' "$scratch/m.md"
  grep -q '^| `.*Traceback' "$scratch/m.md" && { cat "$scratch/m.md"; return 1; }
  if need_arm >/dev/null; then
    grep -q '^| `gemv_i2s__dotprod` | 49\?[0-9]* | 256 ' "$scratch/m.md" || { echo "the loop of gemv_i2s__dotprod was expected with 256 weights a turn"; cat "$scratch/m.md"; return 1; }
    python3 - "$scratch/m.md" <<'PY'
import re, sys
row = next(line for line in open(sys.argv[1]) if line.startswith("| `gemv_i2s__dotprod`"))
ratios = [float(r) for r in re.findall(r"([\d.]+)x", row)]
print("note: NEON dotprod gemv against generic, modelled:", ratios)
sys.exit(0 if ratios and min(ratios) >= 3.2 else "modelled ratios from 3.2 on were expected, found %s" % ratios)
PY
  else
    echo "note: no AArch64 cross compiler or QEMU here: x86-64 alone"
  fi
}

# Without the tool: one line, and `make report` goes on.
part_modelled_without_tool() {
  mkdir "$scratch/bin"
  local python
  python=$(python3 -c "import sys; print(sys.executable)")
  PATH=$scratch/bin "$python" ci/mca "$scratch/m.md" | grep -q '^modelled: skipped'
  [ ! -e "$scratch/m.md" ]
}

# The bar of every SDOT GEMV: 3.2 times its generic on each modelled CPU, and no loop that is not found.
long_modelled_dotprod() {
  [ -n "$(compgen -c llvm-mca)" ] || { echo "no llvm-mca here"; return 77; }
  need_arm || return
  make_arm
  ci/mca "$scratch/m.md" 'gemv_*__[dg]*' >/dev/null
  python3 - "$scratch/m.md" <<'PY'
import re, sys
rows = [line for line in open(sys.argv[1]) if re.match(r"\| `gemv_\w+__dotprod`", line)]
found = {re.search(r"`(\w+)`", r)[1]: [float(x) for x in re.findall(r", ([\d.]+)x", r)] for r in rows}
short = {name: ratios for name, ratios in found.items() if len(ratios) < 2 or min(ratios) < 3.2}
print("note:", len(found), "SDOT variants modelled, the least ratio is", min(min(r) for r in found.values() if r))
sys.exit("ratios from 3.2 on were expected, found %s" % short if short or not found else 0)
PY
}
