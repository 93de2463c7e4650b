# shellcheck shell=bash
# A control group for tests that run beside the local cluster, which is preferred to all else on a busy host (cluster/lib/cgroups.sh): with
# the usual share they would wait longer for a processor than they wait for an answer. They get half of what the cluster gets.

TEST_CGROUP=

# Where the controller of processors is mounted, on hosts with version 1 and 2.
cpu_hierarchy() {
  awk '$3 == "cgroup2" { two = $2 } $3 == "cgroup" && $4 ~ /(^|,)cpu(,|$)/ { one = $2 } END { print one != "" ? one : two }' /proc/self/mounts
}

# Moves this shell, with what it starts from now on. Without root, or where groups cannot be made, nothing changes.
enter_test_cgroup() {
  local hierarchy
  hierarchy=$(cpu_hierarchy)
  if ! is_root || ! mkdir "$hierarchy/taskrunner-tests.$$" 2> /dev/null; then return; fi
  TEST_CGROUP=$hierarchy/taskrunner-tests.$$
  if [ -f "$TEST_CGROUP/cpu.shares" ]; then printf 8192 > "$TEST_CGROUP/cpu.shares"; fi
  if [ -f "$TEST_CGROUP/cpu.weight" ]; then printf 800 > "$TEST_CGROUP/cpu.weight"; fi
  printf '%d' "$$" 2> /dev/null > "$TEST_CGROUP/cgroup.procs" || leave_test_cgroup
}

# Programs that stay for the next one, such as a compiler's server, leave with this shell.
leave_test_cgroup() {
  local pid
  [ -n "$TEST_CGROUP" ] || return 0
  while read -r pid; do
    printf '%d' "$pid" 2> /dev/null > "${TEST_CGROUP%/*}/cgroup.procs" || true
  done < "$TEST_CGROUP/cgroup.procs"
  rmdir "$TEST_CGROUP" 2> /dev/null || true
  TEST_CGROUP=
}
