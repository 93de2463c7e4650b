# shellcheck shell=bash
# A machine is a set of namespaces (network, mounts, processes, host name) whose process 1 is machine-init.
# Nothing that a machine mounts or starts is outside of them: when process 1 dies, all of it is gone, as if the power failed.
#
# The network namespace says which machine a process belongs to, so no list of process ids is kept that could be stale.

machine_pids() { # NAME
  local ns
  ns=$(netns "$1")
  [ ! -e "/run/netns/$ns" ] || ip netns pids "$ns"
}

machine_runs() { [ -n "$(machine_pids "$1")" ]; }

# Machines run copies of these scripts: they outlive the clone of the repository that started them.
machine_scripts() {
  rm -rf "$STATE/tool"
  mkdir -p "$STATE/tool/tools"
  cp -r "$CLUSTER" "$STATE/tool/cluster"
  cp "$CLUSTER/../tools/lib.sh" "$STATE/tool/tools/lib.sh"
}

machine_start() { # NAME
  machine_runs "$1" && return
  ( cgroup_enter "$BASHPID"
    close_inherited
    exec nsenter --net="/run/netns/$(netns "$1")" \
      setsid unshare --mount --uts --ipc --pid --fork --kill-child \
      "$STATE/tool/cluster/lib/machine-init" "$1" < /dev/null > "$LOGS/$1.log" 2>&1 ) &
  disown
}

# Power off, not shut down: the process namespace dies with its first process.
machine_kill() { # NAME
  local pids
  while pids=$(machine_pids "$1"); [ -n "$pids" ]; do
    # shellcheck disable=SC2086
    kill -9 $pids 2> /dev/null || true
    sleep 0.05
  done
  wait_until 20 machine_has_no_pods "$1" || warn "Containers of $1 are still ending."
}

# A pipe that reads our output would never end, and a lock never be free, while a machine held them open.
close_inherited() {
  local fd
  for fd in /proc/"$BASHPID"/fd/*; do
    fd=${fd##*/}
    if [ "$fd" -gt 2 ] && [ "$fd" -ne 255 ]; then exec {fd}>&-; fi
  done
}

machine_has_no_pods() { # NAME
  local h
  while read -r h; do
    [ ! -d "$h/$CGROUP/$1" ] || [ -z "$(find "$h/$CGROUP/$1" -name cgroup.procs -exec cat {} +)" ] || return 1
  done < <(cgroup_hierarchies)
}
