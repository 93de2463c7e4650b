# shellcheck shell=bash
# Servers beside Redis that the broker is tested on. They are unpacked into this repository's cache and linked in .cache/bin:
# nothing is installed on the host, and no service exists that could start.

GARNET_VERSION=2.2.8

# Valkey on PATH, or that of Debian's backports with the libraries that this host lacks.
find_valkey() {
  local found root=$REPOSITORY/.cache/valkey
  if found=$(PATH=${PATH//$BIN:/} command -v valkey-server); then link_tool valkey-server "$found"; return; fi
  if [ ! -x "$root/usr/bin/valkey-server" ]; then
    command -v apt-get > /dev/null || die "valkey-server is missing, and this is no Debian: install it." "$EXIT_MISSING"
    step "Unpacking Valkey from Debian's backports" "$TOOLS_LOG" unpack_valkey "$root"
  fi
  mkdir -p "$BIN"
  rm -f "$BIN/valkey-server"
  # shellcheck disable=SC2016
  printf '#!/bin/sh\nLD_LIBRARY_PATH=$(echo %s/usr/lib/*-linux-gnu) exec %s/usr/bin/valkey-server "$@"\n' "$root" "$root" > "$BIN/valkey-server"
  chmod +x "$BIN/valkey-server"
}

unpack_valkey() { # ROOT
  local apt=$1.apt suite deb
  # shellcheck disable=SC1091
  suite=$(. /etc/os-release && printf '%s-backports' "$VERSION_CODENAME")
  rm -rf "$apt" "$1"
  "$REPOSITORY/tools/private-apt" "$apt" deb-backports update
  "$REPOSITORY/tools/private-apt" "$apt" deb-backports -o Dir::State::status=/var/lib/dpkg/status --download-only -t "$suite" install valkey-server
  mkdir -p "$1.new"
  for deb in "$apt"/archives/*.deb; do dpkg-deb -x "$deb" "$1.new"; done
  # The server is the same program as its checker, under another name.
  [ -x "$1.new/usr/bin/valkey-server" ] || ln -s valkey-check-rdb "$1.new/usr/bin/valkey-server"
  mv "$1.new" "$1"
  rm -rf "$apt"
}

find_garnet() {
  local folder=$REPOSITORY/.cache/garnet-$GARNET_VERSION
  if [ ! -x "$folder/garnet-server" ]; then
    command -v dotnet > /dev/null || die "The .NET SDK is missing; Garnet is one of its tools." "$EXIT_MISSING"
    rm -rf "$folder"
    step "Installing Garnet $GARNET_VERSION" "$TOOLS_LOG" dotnet tool install garnet-server --version "$GARNET_VERSION" --tool-path "$folder"
  fi
  link_tool garnet-server "$folder/garnet-server"
}
