# SPDX-License-Identifier: Apache-2.0
# Shell functions that ./start, ./check and ./bench share: install what is missing, build, run in a namespace of its
# own. Sourced by bash with `set -euo pipefail`; $root is the project's folder.

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
die() { printf 'classrelay: %s\n' "$*" >&2; exit 2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "installing packages needs root: run this once as root, or install sudo (the command was: $*)"
  fi
}

# install_packages LIST…: installs the Debian packages that the list files name and that are not there yet.
install_packages() {
  local wanted missing package
  wanted=$(sed 's/#.*//' "$@" | tr -s ' \n' '\n' | sort -u)
  missing=$(for package in $wanted; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
  done)
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null || die "this is not Debian: install these yourself, then use --no-install:" $missing
  say "installing" $missing
  as_root apt-get update -qq || die "apt-get update failed: is the network there?"
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing ||
    die "apt-get could not install these packages:" $missing
}

# install_npm DIR [npm options…]: the packages of DIR's lock file, with the npm that is there. Debian's npm is installed
# only where there is none, since it clashes with other builds of Node.js.
install_npm() {
  local dir=$1 stamp=$1/node_modules/.classrelay-lock
  shift
  if cmp -s "$dir/package-lock.json" "$stamp"; then return 0; fi
  if ! command -v npm >/dev/null; then
    say "installing npm"
    as_root apt-get update -qq || die "apt-get update failed: is the network there?"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends nodejs npm ||
      die "apt-get could not install npm"
  fi
  say "installing the npm packages of ${dir#"$root"/}"
  (cd "$dir" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error "$@" </dev/null) ||
    die "npm could not install the packages of $dir/package-lock.json"
  cp "$dir/package-lock.json" "$stamp"
}

# build DIR [meson options…]: sets the folder up once and brings it up to date, quietly unless something fails.
build() {
  local dir=$1 log
  shift
  log=$(mktemp)
  if [ ! -f "$dir/build.ninja" ]; then
    say "setting up ${dir#"$root"/}"
    meson setup "$dir" "$root" "$@" >"$log" 2>&1 || { cat "$log"; rm -f "$log"; die "meson could not set $dir up"; }
  fi
  if ! ninja -C "$dir" -n 2>/dev/null | grep -q 'no work to do'; then
    say "building ${dir#"$root"/}"
    ninja -C "$dir" >"$log" 2>&1 || { grep -v '^\[' "$log" | tail -n 60; rm -f "$log"; die "the build of $dir failed"; }
  fi
  rm -f "$log"
}

# in_namespace COMMAND…: see tests/support/in-namespace.
in_namespace() { "$root/tests/support/in-namespace" "$@"; }
