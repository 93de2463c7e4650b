# shellcheck shell=bash
# promtool, which judges the chart's alerts: the one on PATH, or that of Debian's package `prometheus`, unpacked into the user's
# cache. The package is not installed: it would bring a service, and pages for a browser.

readonly PROMTOOL_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/taskrunner/promtool

promtool_version() { "$1" --version 2>&1 | grep -oE 'version [0-9]+\.[0-9]+\.[0-9]+' | cut -d' ' -f2; }

find_promtool() {
  local found
  if found=$(PATH=${PATH//$BIN:/} command -v promtool); then link_tool promtool "$found"; return; fi
  if [ ! -x "$PROMTOOL_CACHE/promtool" ]; then
    command -v apt-get > /dev/null || die "promtool is missing, and this is no Debian: install Prometheus' tools." "$EXIT_MISSING"
    step "Unpacking promtool from Debian's package prometheus" "$TOOLS_LOG" unpack_promtool "$PROMTOOL_CACHE"
  fi
  link_tool promtool "$PROMTOOL_CACHE/promtool"
}

unpack_promtool() { # FOLDER
  local work=$1.new.$$
  rm -rf "$work"
  mkdir -p "$work" "$1"
  "$REPOSITORY/tools/private-apt" "$work/apt" deb update
  (cd "$work" && "$REPOSITORY/tools/private-apt" "$work/apt" deb download prometheus)
  dpkg-deb --fsys-tarfile "$work"/prometheus_*.deb | tar x -C "$work" ./usr/bin/promtool
  mv -f "$work/usr/bin/promtool" "$1/promtool"
  rm -rf "$work"
}
