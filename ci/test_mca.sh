# The pipeline model: every figure is labelled, and what it says of kernels whose speed is known is the right way round.

part_modelled() {
  [ -n "$(compgen -c llvm-mca)" ] || { echo "no llvm-mca here"; return 77; }
  ci/mca "$scratch/m.md" 'gemv_i2s__*' >/dev/null
  grep -q '^Every figure here but those of the column "measured" is MODELLED' "$scratch/m.md"
  ! grep -q '^| `.*Traceback' "$scratch/m.md"
  if command -v aarch64-linux-gnu-gcc >/dev/null && command -v qemu-aarch64 >/dev/null; then
    grep -q '^| `gemv_i2s__dotprod` | 49\?[0-9]* | 256 ' "$scratch/m.md" || { echo "the loop of gemv_i2s__dotprod was expected with 256 weights a turn"; cat "$scratch/m.md"; return 1; }
    python3 - "$scratch/m.md" <<'PY'
import re, sys
row = next(line for line in open(sys.argv[1]) if line.startswith("| `gemv_i2s__dotprod`"))
ratios = [float(r) for r in re.findall(r"([\d.]+)x", row)]
print("note: NEON dotprod gemv against generic, modelled:", ratios)
sys.exit(0 if ratios and min(ratios) > 1 else "a modelled ratio above 1 was expected, found %s" % ratios)
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
  PATH=$scratch/bin "$python" ci/mca "$scratch/m.md" | grep -q '^modelled: skipped' && [ ! -e "$scratch/m.md" ]
}
