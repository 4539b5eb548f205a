# The gate: itself against itself, planted slowdowns, its base, what it refuses.

# A tree whose `make all` copies this program: revisions to choose from, built in no time.
gate_tree() {
  local git="git -C $scratch/tree -c user.name=t -c user.email=t@example.org"
  mkdir -p "$scratch/tree/build"
  git init -q -b main "$scratch/tree"
  ln -s "$TERNLAB_ROOT/reference" "$scratch/tree/reference"
  echo build/ >"$scratch/tree/.gitignore"
  printf 'all:\n\tmkdir -p build\n\tcp "%s" build/ternlab\n' "$TERNLAB_ROOT/build/ternlab" >"$scratch/tree/Makefile"
  $git add -A && $git commit -qm first
  printf 'all:\n\t@echo no; exit 1\n' >"$scratch/tree/Makefile"
  $git commit -qam broken && $git tag broken
  $git checkout -q HEAD^ -- Makefile && $git commit -qm third
  $git commit -q --allow-empty -m fourth
  cp "$TERNLAB_ROOT/build/ternlab" "$scratch/tree/build/ternlab"
}

part_gate_base() {
  local g="$scratch/tree/build/ternlab gate --op relu2_mul --budget 5 --quiet"
  command -v git >/dev/null || { echo "git is not installed"; return 77; }
  gate_tree
  $g 2>/dev/null >"$scratch/out"
  grep -q "no slowdown confirmed against $(git -C "$scratch/tree" rev-parse HEAD^ | head -c 10): " "$scratch/out" # on main: the first parent
  git -C "$scratch/tree" checkout -q -b side && git -C "$scratch/tree" -c user.name=t -c user.email=t@example.org commit -q --allow-empty -m side
  $g 2>/dev/null >"$scratch/out"
  grep -q "no slowdown confirmed against $(git -C "$scratch/tree" rev-parse main | head -c 10): " "$scratch/out" # elsewhere: the merge base
  expect 2 'says why' $g --base broken
  expect 2 '"no-such"' $g --base no-such
  expect 2 '"--all"' $g --base=--all
  cp "$TERNLAB_ROOT/build/ternlab" "$scratch/alone"
  expect 2 'git tree' env GIT_CEILING_DIRECTORIES="$scratch" "$scratch/alone" gate
}

# lane: alone
part_gate_verdicts() {
  local t=$TERNLAB_ROOT/build/ternlab status=0 slow rows
  tl gate --base-program "$t" --op relu2_mul,quant_a8 --budget 20 --csv "$scratch/a.csv" --md "$scratch/a.md" --json "$scratch/a.json" >"$scratch/out" 2>/dev/null
  grep -q '^no slowdown confirmed' "$scratch/out" && [ "$(wc -l <"$scratch/a.csv")" -eq 3 ] && grep -q '^\*\*no slowdown confirmed' "$scratch/a.md"
  slow=$(tl which relu2_mul 1x6912x8 | sed -n 's/^>  *\([a-z0-9_]*\) .*/\1/p')
  tl gate --base-program "$t" --op relu2_mul,quant_a8 --budget 60 --plant "$slow=40" --annotate --junit "$scratch/a.xml" >"$scratch/out" 2>/dev/null || status=$?
  [ $status -eq 1 ] && grep -q "^$slow .*SLOW$" "$scratch/out" && grep -q "^::error title=$slow SLOW::" "$scratch/out" && grep -q '<failure.*SLOW' "$scratch/a.xml" && ! grep -q '^quant_a8.*SLOW$' "$scratch/out" || { cat "$scratch/out"; return 1; }
  # The self-test goes on where it ended.
  tl gate --self-test --windows 1 --budget 8 --op relu2_mul --store "$scratch/st.csv" >/dev/null 2>&1 || true
  rows=$(wc -l <"$scratch/st.csv")
  tl gate --self-test --windows 1 --budget 8 --op relu2_mul --store "$scratch/st.csv" >"$scratch/out" 2>/dev/null || true
  [ "$(wc -l <"$scratch/st.csv")" -eq "$rows" ] && grep -q '^A/A .* alarms ' "$scratch/out"
}

part_gate_refusals() {
  local t=$TERNLAB_ROOT/build/ternlab
  expect 2 'a program' $t gate --base-program no/such
  expect 2 'gate --serve' $t gate --base-program /bin/true --op relu2_mul
  expect 2 'percentage' $t gate --threshold 0
  expect 2 '"nan"' $t gate --threshold nan
  expect 2 'none' $t gate --op tl_none
  echo 'kind,window' >"$scratch/bad.csv"
  expect 2 'self-test' $t gate --self-test --op relu2_mul --store "$scratch/bad.csv"
  printf 'hello\nkernel nix 1 1 1 0 1\ndecode 0\ntime 7 1\n' | $t gate --serve >"$scratch/out"
  [ "$(grep -c '^no ' "$scratch/out")" -eq 3 ] && head -n 1 "$scratch/out" | grep -qx 'ternlab-gate 1'
  expect 2 '"what"' bash -c "echo what | $t gate --serve"
}
