# Sourced by the scripts that set themselves up: what a bare Debian machine lacks is installed here, each step only when needed.

say() { printf '%s\n' "$*" >&2; }

prepare_node() {
  command -v node >/dev/null || { say "Node.js is missing: install Node.js 20.19 or newer"; exit 1; }
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    { say "Node.js $(node --version) is too old: install 20.19 or newer"; exit 1; }
}

# Installs Debian packages. Services that they bring do not start, now or at the next boot: a router would talk to this machine's network.
install_packages() (
  policy=/usr/sbin/policy-rc.d
  [ -e $policy ] || {
    trap "rm -f $policy" EXIT
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
  }
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null 2>&1 || exit 1
  ! command -v systemctl >/dev/null ||
    dpkg -L "$@" | sed -n 's|^.*/lib/systemd/system/\([^@]*\.service\)$|\1|p' | xargs -r systemctl --quiet disable 2>/dev/null || true
)

# prepare_packages PACKAGE:COMMAND …  installs the Debian packages whose command is missing.
prepare_packages() {
  local wanted=() pair
  for pair in "$@"; do
    command -v "${pair#*:}" >/dev/null || wanted+=("${pair%%:*}")
  done
  [ ${#wanted[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "missing and not installed (needs root on Debian): ${wanted[*]}"
    return 0
  fi
  say "installing Debian packages: ${wanted[*]}"
  install_packages "${wanted[@]}" || {
    say "apt-get could not install ${wanted[*]}: run 'apt-get install ${wanted[*]}' to see why"
    exit 1
  }
}

prepare_modules() {
  if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    say "installing npm packages (package-lock.json)"
    npm ci --no-audit --no-fund --no-update-notifier --loglevel=error >&2
  fi
}

# Builds dist/ when a source is newer than it.
prepare_build() {
  if [ ! -f dist/main.js ] || [ -n "$(find src package-lock.json scripts/build.mjs -newer dist/main.js -print -quit)" ]; then
    say "building dist/"
    node scripts/build.mjs
  fi
}
