# shellcheck shell=bash
# One tree of control groups below /taskrunner-cluster, on hosts with version 1, mixed and version 2 hierarchies:
#   system   the control plane, kubelets and containerds      nodeN/kubepods/...   the pods of node N

cgroup_unified() { [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; }

# Mount points of the hierarchies that Kubernetes uses.
cgroup_hierarchies() {
  if cgroup_unified; then
    printf '/sys/fs/cgroup\n'
  else
    awk '$3 == "cgroup" { print $2 }' /proc/self/mounts
  fi
}

# Where a controller is.
cgroup_hierarchy_of() { # CONTROLLER
  if cgroup_unified; then
    printf '/sys/fs/cgroup'
  else
    awk -v "wanted=$1" '$3 == "cgroup" && $4 ~ "(^|,)" wanted "(,|$)" { print $2; exit }' /proc/self/mounts
  fi
}

cgroups_up() {
  local h node
  while read -r h; do
    mkdir -p "$h/$CGROUP"
    cgroup_delegate "$h"
    cgroup_delegate "$h/$CGROUP"
    mkdir -p "$h/$CGROUP/system"
    cgroup_prefer "$h/$CGROUP"
    cgroup_prefer "$h/$CGROUP/system"
    cgroup_inherit_cpuset "$h/$CGROUP" "$h/$CGROUP/system"
    for node in $(node_names); do
      mkdir -p "$h/$CGROUP/$node"
      cgroup_inherit_cpuset "$h/$CGROUP/$node"
    done
  done < <(cgroup_hierarchies)
}

# Version 2 hands a controller down only when told so; one that the host lacks is left out.
cgroup_delegate() { # FOLDER
  [ -f "$1/cgroup.subtree_control" ] && cgroup_unified || return 0
  local controller
  for controller in cpu cpuset memory pids io hugetlb; do
    printf '+%s' "$controller" 2> /dev/null > "$1/cgroup.subtree_control" || true
  done
}

# Version 1 makes cpuset groups empty, and an empty one takes no process.
cgroup_inherit_cpuset() { # FOLDER...
  local folder file
  for folder in "$@"; do
    for file in cpuset.cpus cpuset.mems; do
      if [ -f "$folder/$file" ] && ! cgroup_unified && [ -z "$(< "$folder/$file")" ]; then cat "$folder/../$file" > "$folder/$file"; fi
    done
  done
}

# A busy host (a compiler, a test run) must not make nodes miss their heartbeats, nor may busy pods.
cgroup_prefer() { # FOLDER
  [ ! -f "$1/cpu.shares" ] || printf 16384 > "$1/cpu.shares"
  [ ! -f "$1/cpu.weight" ] || printf 1600 > "$1/cpu.weight"
}

# Moves the calling process: what it starts is accounted there and outlives the user's session.
cgroup_enter() { # PID
  local h
  while read -r h; do printf '%d' "$1" > "$h/$CGROUP/system/cgroup.procs"; done < <(cgroup_hierarchies)
}

cgroups_left() {
  local h
  while read -r h; do
    if [ -d "$h/$CGROUP" ]; then printf '%s\n' "$h/$CGROUP"; fi
  done < <(cgroup_hierarchies)
}

cgroups_down() {
  local h
  for h in $(cgroups_left); do find "$h" -depth -type d -exec rmdir {} + 2> /dev/null || true; done
}

# Processor time that the cluster used so far, in microseconds: its own parts, or everything with its pods.
cgroup_cpu_us() { # system | .
  local h
  if cgroup_unified; then
    awk '$1 == "usage_usec" { print $2 }' "/sys/fs/cgroup/$CGROUP/$1/cpu.stat"
  else
    h=$(cgroup_hierarchy_of cpuacct)
    printf '%d' "$(($(< "$h/$CGROUP/$1/cpuacct.usage") / 1000))"
  fi
}
