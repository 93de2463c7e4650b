# shellcheck shell=bash
# A control group for tests that run beside the local cluster. The cluster is preferred to all else on a busy host: with the usual share,
# tests wait longer for a processor than for an answer. They get as much as the cluster gets.

# shellcheck source=cluster/lib/cgroups.sh
. "$REPOSITORY/cluster/lib/cgroups.sh"

test_cgroup='' cgroup_before=''

# Moves this shell, with what it starts from now on. Without root, or where groups cannot be made, nothing changes.
enter_test_cgroup() {
  local hierarchy own
  hierarchy=$(cgroup_hierarchy_of cpu)
  if ! is_root || [ -z "$hierarchy" ] || [ ! -f "$hierarchy/cgroup.procs" ]; then return; fi
  # Left by a run that was killed; one that still has processes stays.
  rmdir "$hierarchy"/taskrunner-tests.* 2> /dev/null || true
  mkdir "$hierarchy/taskrunner-tests.$$" 2> /dev/null || return 0
  test_cgroup=$hierarchy/taskrunner-tests.$$
  own=$(awk -F : '$2 == "" || $2 ~ /(^|,)cpu(,|$)/ { path[$2 != ""] = $3 } END { print 1 in path ? path[1] : path[0] }' /proc/self/cgroup)
  cgroup_before=$hierarchy${own%/}
  # In some containers the path is that of the host, which is not seen from here.
  [ -f "$cgroup_before/cgroup.procs" ] || cgroup_before=$hierarchy
  cgroup_delegate "$hierarchy"
  cgroup_prefer "$test_cgroup"
  move_to_cgroup "$$" "$test_cgroup" || leave_test_cgroup
}

# This shell goes back to where it was, and with it programs that stay for the next run, such as a compiler's server. One that starts
# meanwhile is found by the next look.
leave_test_cgroup() {
  local pid look
  [ -n "$test_cgroup" ] || return 0
  for look in 1 2 3 4 5; do
    while read -r pid; do move_to_cgroup "$pid" "$cgroup_before" || true; done < "$test_cgroup/cgroup.procs"
    if rmdir "$test_cgroup" 2> /dev/null; then break; fi
    [ "$look" -lt 5 ] || warn "The control group $test_cgroup still has processes: the next run removes it."
  done
  test_cgroup=''
}

# Fails for a process that has ended, and where the kernel does not allow it.
move_to_cgroup() { # PID FOLDER
  printf '%d' "$1" 2> /dev/null > "$2/cgroup.procs"
}
