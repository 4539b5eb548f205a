# report: several machines in one page. What a report says of one machine is tested in cli.sh, by a run of it.

part_report_merged() {
  local python
  python=$(ci/python)
  PYTHONDONTWRITEBYTECODE=1 "$python" harness/test/report.py "$TERNLAB_ROOT/build/ternlab" "$scratch"
}
