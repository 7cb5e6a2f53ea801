# Sourced by the scripts that run many commands: each runs in a process group of its own, so that all
# that it started ends with the script, whatever signal ends that.

running=

stop_running() {
  if [[ -z $running ]]; then return; fi
  kill -- "-$running" 2>/dev/null || true
  wait "$running" 2>/dev/null || true
  running=
}
trap stop_running EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# run COMMAND...: runs it and answers its exit code. In the background, so that a signal to the
# script is acted on at once.
run() {
  local status=0
  set -m
  "$@" </dev/null &
  running=$!
  set +m
  wait "$running" || status=$?
  running=
  return "$status"
}
