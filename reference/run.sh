#!/usr/bin/env bash
# reference/run.sh [SEED] [FOLDER]: fresh NumPy case files. SEED empty = a random one, printed for replay.
set -eu
cd "$(dirname "$0")/.."
seed=${1:-}
folder=${2:-build/cases}
[ -n "$seed" ] || seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
case $seed in *[!0-9]*) echo "ternlab: SEED: a whole number was expected, found \"$seed\"" >&2; exit 2 ;; esac
python=$(ci/python)
echo "seed $seed (replay: make reference SEED=$seed)"
PYTHONDONTWRITEBYTECODE=1 exec "$python" reference/make_cases.py "$seed" "$folder"
