# report: several machines in one page. What a report says of one machine is tested in cli.sh, by a run of it.

part_report_merged() {
  local python
  for python in /usr/bin/python3 python3; do "$python" -c 'import numpy' 2>/dev/null && break; done
  PYTHONDONTWRITEBYTECODE=1 "$python" harness/test/report.py "$TERNLAB_ROOT/build/ternlab" "$scratch"
}
