# Set-up and the test runner itself: what is installed and when, and that a failing test fails the run.

# A machine with little on it: PATH = $scratch/bin with these programs.
little_machine() {
  local c
  mkdir "$scratch/bin"
  for c in bash cat cmp cut dirname env grep head id ls make mkdir mktemp nproc rm sed sh tail touch tr uname "$@"; do
    ln -s "$(command -v "$c")" "$scratch/bin/$c"
  done
}
on_it() { env -i PATH="$scratch/bin" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null; }

part_setup_says_what_is_missing() {
  local goal status
  little_machine
  on_it make
  grep -q 'make report' "$scratch/out" && [ ! -s "$scratch/err" ] || { cat "$scratch/err"; return 1; }
  for goal in test report; do
    for deps in 0 1; do # 1: no apt-get there
      status=0
      on_it DEPS=$deps make -s $goal || status=$?
      [ $status -eq 2 ] || { echo "make $goal without a compiler: exit 2 expected, found $status"; return 1; }
      for what in gcc g++ libbenchmark-dev libcsv-dev gnuplot-nox python3; do
        grep -Eq "^  .*$what" "$scratch/err" || { echo "$what was expected in the list, found:"; cat "$scratch/err"; return 1; }
      done
      [ "$(grep -c '^ternlab: ' "$scratch/err")" -eq $((deps + 1)) ]
    done
  done
  # What a report does not need is not asked for.
  ! grep -Eq 'qemu|clang|numpy' "$scratch/err" || { cat "$scratch/err"; return 1; }
}

part_setup_installs() {
  local status=0
  little_machine
  # An apt-get that only writes down what it was told.
  printf '#!%s\necho "$0 $*" | sed "s,.*/,," >>%s\n' "$(command -v bash)" "$scratch/told" >"$scratch/bin/apt-get"
  printf '#!%s\nexec "$@"\n' "$(command -v bash)" >"$scratch/bin/sudo"
  chmod +x "$scratch/bin/apt-get" "$scratch/bin/sudo"
  on_it ci/deps report || status=$?
  [ $status -eq 2 ] && grep -q 'still missing' "$scratch/err" || { echo "an installation that installed nothing was believed"; return 1; }
  # Printed before it was run, and nothing else was run.
  sed -n 's/^+ //p' "$scratch/out" | sed 's/^sudo //; s/^env DEBIAN_FRONTEND=noninteractive //' | diff - "$scratch/told"
  grep -qx 'apt-get update' "$scratch/told"
  grep -Eqx 'apt-get install -y --no-install-recommends .*libbenchmark-dev.*' "$scratch/told"
  [ "$(id -u)" -ne 0 ] || ! grep -q sudo "$scratch/out" || { echo "sudo was used by root"; return 1; }
  # With everything there, nothing is said, nothing run, and little time spent.
  rm "$scratch/told"
  status=$(PATH="$scratch/bin:$PATH" ci/deps test 2>&1; echo $?)
  [ "$status" = 0 ] && [ ! -e "$scratch/told" ] || { echo "a complete set-up was not seen as such: $status"; return 1; }
}

part_runner() {
  local status=0
  mkdir -p "$scratch/t/ci" "$scratch/t/harness/test"
  cp ci/test "$scratch/t/ci/"
  printf 'part_%s() { %s; }\n' good true bad 'false; true' lazy 'echo "no such machine"; return 77' unset 'echo $undefined' >"$scratch/t/harness/test/some.sh"
  "$scratch/t/ci/test" >"$scratch/out" || status=$?
  [ $status -eq 1 ] && [ "$(tail -n 1 "$scratch/out")" = "1 passed, 2 failed, 1 skipped" ] || { cat "$scratch/out"; return 1; }
  grep -q '^skip  lazy .*s  no such machine$' "$scratch/out"
  grep -q '^FAIL  bad ' "$scratch/out"
  [ "$("$scratch/t/ci/test" good | tail -n 1)" = "1 passed, 0 failed" ]
  ! "$scratch/t/ci/test" lazy >/dev/null || { echo "a run in which nothing passed was called good"; return 1; }
  expect 2 '(good bad lazy unset), found "nope"' "$scratch/t/ci/test" nope
  [ "$("$scratch/t/ci/test" --list | tr '\n' ' ')" = "bad good lazy unset " ]
  "$scratch/t/ci/test" --help | grep -q -- '--list names them'
  expect 2 '"--nope"' "$scratch/t/ci/test" --nope
  [ "$(grep -v '^#!' .ci/run)" = "exec make test" ]
}

# Lanes: side by side, whole lines, each part when its comment says; an interrupt leaves nothing behind.
part_runner_lanes() {
  local status=0 t=$scratch/t/ci/test some=$scratch/t/harness/test/some.sh id
  mkdir -p "$scratch/t/ci" "$scratch/t/harness/test" "$scratch/tmp"
  cp ci/test "$scratch/t/ci/"
  export TOLD=$scratch/told
  # Indented here, or they would be parts of this file.
  sed 's/^  //' >"$some" <<'PARTS'
  told() { echo "$1" >>"$TOLD"; }
  met() { for i in {1..200}; do grep -qx "$1" "$TOLD" && return; sleep 0.1; done; false; } # 20 s
  # lane: alone
  part_last() { told "+last"; sleep 0.3; told "-last"; }
  part_left() { told "+left"; met "+right"; told "-left"; }
  part_right() { told "+right"; met "+left"; told "-right"; }
  part_bad() { told "+bad"; echo "why it is bad"; told "-bad"; false; }
  part_killed() { told "+killed"; told "-killed"; kill -KILL $BASHPID; }
  # lane: long
  part_long() { told "+long"; told "-long"; }
  # lane: build
  part_before() { told "+before"; told "-before"; }
PARTS
  "$t" --lanes 2 >"$scratch/out" || status=$?
  [ $status -eq 1 ] && [ "$(tail -n 1 "$scratch/out")" = "5 passed, 2 failed" ] || { cat "$scratch/out"; return 1; }
  grep -A 1 '^FAIL  bad .*(replay: ci/test bad)$' "$scratch/out" | grep -qx '      why it is bad'
  grep -q '^FAIL  killed ' "$scratch/out"
  [ "$(head -n 2 "$TOLD" | tr '\n' ' ')" = "+before -before " ] && [ "$(tail -n 2 "$TOLD" | tr '\n' ' ')" = "+last -last " ] || { cat "$TOLD"; return 1; }
  # One lane: each ends before the next begins.
  rm "$TOLD"
  TERNLAB_TEST_LANES=1 "$t" last long bad before >"$scratch/out" || true
  [ "$(tr '\n' ' ' <"$TOLD")" = "+before -before +long -long +bad -bad +last -last " ] || { cat "$TOLD"; return 1; }
  expect 2 '"0"' "$t" --lanes 0
  expect 2 '""' "$t" --lanes
  # A part's own children, and theirs, end with it.
  sed 's/^  //' >"$some" <<'PARTS'
  hang() { sleep 1000 & echo $BASHPID $! >>"$TOLD"; sleep 1000; }
  part_left() { hang; }
  part_right() { trap '' TERM; hang; } # will not listen
PARTS
  rm "$TOLD"
  set -m
  # Started in the background the tests have interrupts ignored, and so would this one.
  TMPDIR=$scratch/tmp env --default-signal=INT "$t" --lanes 2 >"$scratch/out" &
  set +m
  until [ -e "$TOLD" ] && [ "$(wc -l <"$TOLD")" -eq 2 ]; do sleep 0.05; done
  status=0
  kill -INT $!
  wait $! || status=$?
  [ $status -eq 130 ] && [ -z "$(ls -A "$scratch/tmp")" ] && [ ! -s "$scratch/out" ] || { echo "status 130 and nothing else was expected, found $status"; ls -A "$scratch/tmp"; cat "$scratch/out"; return 1; }
  for id in $(cat "$TOLD"); do # one that has ended and only waits to be reaped is none
    ! grep -qv ') Z ' "/proc/$id/stat" 2>/dev/null || { echo "process $id was left behind"; return 1; }
  done
  # Two parts of one name.
  printf 'part_x() { true; }\nlong_x() { true; }\n' >"$some"
  expect 2 '"long_x"' "$t"
  # A comment that is not above a part, or says what is no lane.
  for id in $'# lane: alone\n\npart_x() { true; }' $'# lane: slow\npart_x() { true; }'; do
    echo "$id" >"$some"
    expect 2 'right above a part' "$t"
  done
}
