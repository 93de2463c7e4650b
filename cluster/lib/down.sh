# shellcheck shell=bash
# Stops and removes everything that `up` made, and proves it.

down() {
  local started name
  started=$(now_ms)
  require_root
  lock
  require_own_state
  if ! state_is_ours && [ -z "$(leftovers)" ]; then say "There is no local cluster."; return; fi
  for name in $(netns_names); do machine_kill "${name#"$PREFIX-"}"; done
  network_down
  cgroups_down
  # Nothing is mounted here unless a machine's private mounts leaked: never remove through a mount.
  awk -v s="$STATE/" 'index($2, s) == 1 { print $2 }' /proc/self/mounts | sort -r | xargs -r umount -l
  # The marker goes last: what an interrupted run leaves is still known as ours.
  if [ -d "$STATE" ]; then find "$STATE" -mindepth 1 -maxdepth 1 ! -path "$MARKER" -exec rm -rf {} +; fi
  rm -rf "$STATE"
  if [ -n "$(leftovers)" ]; then
    warn "Left behind:"
    leftovers | sed 's/^/  /' >&2
    return 1
  fi
  say "The local cluster is gone: no process, mount, link, rule, control group or folder is left ($(since "$started"))."
}

# Whatever of the cluster is still on this host, one line each.
leftovers() {
  local ns
  for ns in $(netns_names); do printf 'network namespace %s\n' "$ns"; ip netns pids "$ns" | sed 's/^/process /'; done
  awk -v s="$STATE" 'index($2, s) == 1 { print "mount " $2 }' /proc/self/mounts
  ip -o link show | awk -F': ' -v p="$PREFIX-" 'index($2, p) == 1 { print "link " $2 }'
  { egress_left nat; egress_left filter; } | sed 's/^/rule /'
  cgroups_left | sed 's/^/control group /'
  pgrep -f -- "$STATE/" | grep -vxF -e "$$" -e "$BASHPID" | while read -r pid; do
    # A user's own editor or pager on one of our logs is no leftover.
    case $(ps -o comm= -p "$pid" || true) in
      containerd* | kube* | etcd | dnsmasq | node | runc) printf 'process %s\n' "$(ps -o pid=,args= -p "$pid" | cut -c1-120)" ;;
    esac
  done || true
  [ ! -e "$STATE" ] || printf 'folder %s\n' "$STATE"
}
