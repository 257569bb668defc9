# SPDX-License-Identifier: Apache-2.0
# Sourced by shell tests: network namespaces that live as long as the test, and lines between them. Needs root, or
# `unshare --map-root-user`. LINKEM names the emulator; scratch files go to $NET_DIR.
#
#   net_open                       once
#   net_add NAME                   a namespace with loopback up
#   net_exec NAME COMMAND…         runs it there
#   net_become NAME COMMAND… &     the same in the background: $! is the command's own, so that it can be ended
#   net_line NAME ADDRESS NAME ADDRESS PROFILE [SEED]   joins two; the profile is a name of profiles/ or a file
#   net_route NAME ADDRESS         default route of NAME over the line whose other end is ADDRESS
#   net_report INDEX               ends line INDEX (from 0) and prints what it did as JSON
#   net_close                      ends everything

net_profiles=$(cd "$(dirname "${BASH_SOURCE[0]}")/profiles" && pwd)
declare -A net_pids=()
net_lines=()

net_open() {
  NET_DIR=$(mktemp -d)
  trap net_close EXIT
}

net_add() {
  local fifo=$NET_DIR/$1.up
  mkfifo "$fifo"
  # The holder keeps the namespace alive until net_close ends it.
  # shellcheck disable=SC2016
  unshare --net bash -c 'ip link set lo up && echo up >"$0"; exec sleep infinity' "$fifo" &
  net_pids[$1]=$!
  read -r _ <"$fifo"
}

net_file() { echo "/proc/${net_pids[$1]}/ns/net"; }

net_exec() {
  local name=$1
  shift
  nsenter --net="$(net_file "$name")" "$@"
}

net_become() {
  local name=$1
  shift
  exec nsenter --net="$(net_file "$name")" "$@"
}

net_line() {
  local profile=$5 index=${#net_lines[@]} fifo
  [ -f "$profile" ] || profile=$net_profiles/$profile.ini
  fifo=$NET_DIR/line$index.out
  mkfifo "$fifo"
  "${LINKEM:?}" --a "$(net_file "$1"),$2" --b "$(net_file "$3"),$4" --profile "$profile" --seed "${6:-1}" >"$fifo" &
  net_lines+=($!)
  exec {net_fd}<"$fifo"
  local word
  read -r -t 10 word <&"$net_fd" && [ "$word" = ready ] || { echo "the line did not come up" >&2; return 1; }
  eval "net_fd_$index=$net_fd"
}

net_route() { net_exec "$1" ip route add default via "$2"; }

net_report() {
  local fd_name=net_fd_$1
  kill -TERM "${net_lines[$1]}" 2>/dev/null || true
  cat <&"${!fd_name}"
  wait "${net_lines[$1]}" 2>/dev/null || true
}

net_close() {
  local pid
  for pid in "${net_lines[@]+"${net_lines[@]}"}" "${net_pids[@]+"${net_pids[@]}"}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$NET_DIR"
}
