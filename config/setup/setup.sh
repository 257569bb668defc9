# SPDX-License-Identifier: Apache-2.0
# Shell functions that ./start, ./check and ./bench share: install what is missing, build, run in a namespace of its
# own. Sourced by bash with `set -euo pipefail`; $root is the project's folder.

# Debian gives ordinary users no path to nft.
export PATH=$PATH:/usr/sbin:/sbin

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
die() { printf 'classrelay: %s\n' "$*" >&2; exit 2; }

# as_root COMMAND…: as root, or through a sudo that lets this user.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null || die "this needs root, and there is no sudo: $*"
  sudo "$@"
}

# need_root PACKAGE…: ends with what to do when this user cannot install them.
need_root() {
  [ "$(id -u)" != 0 ] || return 0
  local way="as root, once: apt-get install --no-install-recommends $*"
  command -v sudo >/dev/null || die "packages are missing, and there is no sudo to install them with. Run $way"
  sudo true || die "packages are missing, and sudo does not let $(id -un) install them. Run $way"
}

# apt_install PACKAGE…: with the lists as new as can be had, waiting for a package manager that is at work already.
apt_install() {
  local package unknown=()
  command -v apt-get >/dev/null || die "this is not Debian; install these yourself, then use --no-install: $*"
  need_root "$@"
  say "installing $*"
  as_root apt-get update -qq || say "apt-get update failed; trying with the package lists that are there"
  for package; do
    apt-cache show --no-all-versions "$package" >/dev/null 2>&1 || unknown+=("$package")
  done
  [ ${#unknown[@]} = 0 ] ||
    die "apt knows no package called ${unknown[*]}: is this Debian 12, and are its sources and the network there?"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 "$@" ||
    die "apt-get could not install these packages: is the network there? Its own words are above"
}

# missing_packages LIST…: the Debian packages that the list files name and that are not there yet. What only some
# processors have stands in a file of its own beside the list, packages-run.amd64.txt.
missing_packages() {
  local wanted list processor lists=()
  processor=$(dpkg --print-architecture)
  for list; do
    lists+=("$list")
    [ ! -e "${list%.txt}.$processor.txt" ] || lists+=("${list%.txt}.$processor.txt")
  done
  wanted=$(sed 's/#.*//' "${lists[@]}" | tr -s ' \n' '\n' | sort -u)
  # shellcheck disable=SC2086
  comm -23 <(echo "$wanted" | grep .) \
    <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null | sed -n 's/ installed$//p' | sort -u)
}

# install_packages LIST…: installs them.
install_packages() {
  local missing
  missing=$(missing_packages "$@")
  # shellcheck disable=SC2086
  [ -z "$missing" ] || apt_install $missing
}

# install_without_services LIST…: the same for tests, to which servers are programs only. Debian starts them as they are
# installed, unless a policy forbids it, which is taken away again however the install ends, and with the machine, which is
# switched off for those that were not there before.
install_without_services() (
  policy=/usr/sbin/policy-rc.d
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || exit 0
  # shellcheck disable=SC2086
  need_root $missing
  if [ ! -e "$policy" ]; then
    trap 'as_root rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  # shellcheck disable=SC2086
  apt_install $missing
  for package in $missing; do
    case $package in
    coturn | janus | nginx) ! command -v systemctl >/dev/null || as_root systemctl --quiet disable "$package.service" || true ;;
    esac
  done
)

# install_npm DIR [--omit=dev]: the packages of DIR's lock file, with the npm that is there. Debian's npm is installed
# only where there is none, since it clashes with other builds of Node.js. What was installed is remembered by a copy of
# the lock file, one of them for all packages, which serves those who need fewer.
install_npm() {
  local dir=$1 kind=all stamp
  shift
  [ $# = 0 ] || kind=run
  for stamp in all "$kind"; do
    if cmp -s "$dir/package-lock.json" "$dir/node_modules/.classrelay-$stamp"; then return 0; fi
  done
  command -v npm >/dev/null || apt_install nodejs npm
  say "installing the npm packages of ${dir#"$root"/}"
  (cd "$dir" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error "$@" </dev/null) ||
    die "npm could not install the packages of $dir/package-lock.json: is the network there? Its own words are above"
  cp "$dir/package-lock.json" "$dir/node_modules/.classrelay-$kind"
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
