# shellcheck shell=bash
# The state folder: who made it, when, and one command at a time.

# A marker tells our folder from a stranger's, before anything is written into it or removed from it.
readonly MARKER=$STATE/made-by-taskrunner-cluster

state_is_ours() { [ -f "$MARKER" ]; }
state_is_foreign() { [ -e "$STATE" ] && ! state_is_ours && [ -n "$(ls -A "$STATE" 2> /dev/null)" ]; }

require_own_state() {
  ! state_is_foreign || die "$STATE exists and was not made by this tool; move it away first."
}

state_open() { # NODES
  require_own_state
  mkdir -p "$STATE"
  chmod 755 "$STATE"
  : > "$MARKER"
  mkdir -p "$LOGS" "$STATE"/{images,volumes,hosts,undo}
  [ -f "$STATE/nodes" ] || printf '%d\n' "$1" > "$STATE/nodes"
  local boot
  boot=$(< /proc/sys/kernel/random/boot_id)
  if [ -f "$STATE/boot" ] && [ "$(< "$STATE/boot")" != "$boot" ]; then
    say "This host was restarted since the cluster ran; its machines are started again with what they hold."
    # What a restart undoes by itself must not be undone a second time.
    rm -f "$STATE"/undo/*
  fi
  printf '%s\n' "$boot" > "$STATE/boot"
}

# Held until the script ends.
lock() {
  exec 9> /run/lock/taskrunner-cluster.lock
  flock --nonblock 9 && return
  say "Another cluster command is running; waiting for it ..."
  flock --timeout 900 9 || die "The other cluster command did not end within 15 minutes."
}

require_root() {
  is_root || die "The local cluster needs root (namespaces, mounts, control groups): run this with sudo, or set KUBECONFIG to use another cluster." "$EXIT_MISSING"
}
