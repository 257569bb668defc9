# SPDX-License-Identifier: Apache-2.0
# Shell functions for tests that run whole programs: a relay, a teacher, classrooms, in a network namespace of their
# own. Sourced by bash; $root is the project's folder, $build where it was built, $work an empty folder.

children=()

# background LOG COMMAND…: starts it and remembers its pid in $last.
background() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 </dev/null &
  last=$!
  children+=("$last")
}

# stop PID [SIGNAL]: ends a child of ours and waits for it.
stop() {
  kill "-${2:-TERM}" "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

stop_all() {
  local pid
  for pid in "${children[@]+"${children[@]}"}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${children[@]+"${children[@]}"}"; do wait "$pid" 2>/dev/null || true; done
  children=()
}

# until_true SECONDS COMMAND…: tries it ten times a second until it holds.
until_true() {
  local tries=$(($1 * 10))
  shift
  while [ $tries -gt 0 ]; do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.1
    tries=$((tries - 1))
  done
  return 1
}

# start_relay [option…]: a demo relay on port 8080; its pid in $relay.
start_relay() {
  background "$work/relay.log" "$build/server/classrelayd" --demo --state "$work/state" "$@"
  relay=$last
  until_true 15 curl -sf http://127.0.0.1:8080/healthz || { cat "$work/relay.log"; return 1; }
}

# start_teacher [option…]: the demo teacher; its pid in $teacher; waits until the relay hears it.
start_teacher() {
  background "$work/teacher.log" "$build/client/simulator/classrelay-demo-teacher" --demo "$@"
  teacher=$last
  until_true 30 teacher_is_heard || { cat "$work/teacher.log" "$work/relay.log"; return 1; }
}

# metric NAME: its value now.
metric() { curl -sf http://127.0.0.1:8080/metrics | awk -v name="$1" '$1 == name { print $2 }'; }

teacher_is_heard() { curl -sf http://127.0.0.1:8080/metrics | grep -q '^classrelay_publishers [1-9]'; }

# classrooms [option…]: plays the lesson in simulated classrooms; the summary is in $work/classrooms.json.
classrooms() {
  "$build/client/simulator/classrelay-simulator" --demo --json "$work/classrooms.json" "$@" </dev/null || {
    local status=$?
    tell_drops
    return $status
  }
}

# tell_drops: who dropped packets, if anybody: the relay, or sockets of this namespace that were full.
tell_drops() {
  curl -s http://127.0.0.1:8080/metrics | grep -E '^classrelay_[a-z_]*(drop|block|failed|fallback)[a-z_]*(\{[^}]*\})? [1-9]' || true
  awk '/^Udp: [0-9]/ { print "receive buffers of this namespace overflowed " $6 " times" }' /proc/net/snmp
}

# figure NAME: a number of the last summary.
figure() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$work/classrooms.json" "$1"; }

# run_test FUNCTION: in a fresh namespace, folder and shell; says what happened, all at once.
run_test() {
  local name=$1 log status=0 started=$SECONDS
  log=$(mktemp)
  in_namespace timeout -k 10 "${limit_s:-240}" bash "$0" --inside "$name" >"$log" 2>&1 </dev/null || status=$?
  if [ $status = 0 ]; then
    echo "ok   $name ($((SECONDS - started)) s) $(grep '^figure: ' "$log" | sed 's/^figure: //' | paste -sd ';')"
  else
    printf '%s\n' "FAIL $name ($((SECONDS - started)) s, status $status)" "$(tail -n 60 "$log")"
  fi
  rm -f "$log"
  return $status
}

# run_inside FUNCTION: what run_test starts.
run_inside() {
  work=$(mktemp -d)
  trap 'stop_all; rm -rf "$work"' EXIT
  set -e
  "$1"
}
