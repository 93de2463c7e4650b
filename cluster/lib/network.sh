# shellcheck shell=bash
# Each machine is a network namespace, all on one bridge that lives in the control machine's namespace.
# The host keeps one link into that bridge, and rules of its own only so that pods reach the world outside.
#
#   host .254 --- bridge (control .1) --- node0 .10 --- cni0 10.P.0.1/24 --- pods
#                                     \-- node1 .11 --- cni0 10.P.1.1/24 --- pods

netns() { printf '%s-%s' "$PREFIX" "$1"; }
in_netns() { local ns; ns=$(netns "$1"); shift; nsenter --net="/run/netns/$ns" "$@"; }
netns_names() { ip netns list 2> /dev/null | awk -v p="$PREFIX-" 'index($1, p) == 1 { print $1 }'; }

network_choose() {
  [ ! -f "$STATE/network" ] || return 0
  local n taken
  taken=$(ip -4 -o addr show | awk '{ print $4 }'; ip -4 route show table all | awk '{ print $1 == "local" || $1 == "broadcast" || $1 == "unreachable" ? $2 : $1 }')
  for n in $NETWORK_CANDIDATES; do
    if ! grep -qE "^10\.($n|$((n + 1))|$((n + 2)))\." <<< "$taken"; then
      printf '%d\n' "$n" > "$STATE/network"
      return
    fi
  done
  die "No free address range: each of 10.N.0.0/16 with N from $NETWORK_CANDIDATES, or one of the two after it, is routed on this host."
}

network_up() {
  network_choose
  local name
  netns_up control
  bridge_up
  host_link_up
  for name in $(node_names); do
    netns_up "$name"
    node_link_up "$name"
  done
  routes_up
  bridge_filter_up
  egress_up
}

netns_up() { # MACHINE
  local ns
  ns=$(netns "$1")
  if [ ! -e "/run/netns/$ns" ]; then
    [ -d /run/netns ] || : > "$STATE/undo/netns"
    ip netns add "$ns"
  fi
  in_netns "$1" ip link set lo up
}

bridge_up() {
  in_netns control ip link show br0 &> /dev/null || in_netns control ip link add br0 type bridge
  in_netns control ip addr replace "$(machine_ip control)/24" dev br0
  in_netns control ip link set br0 up
}

host_link_up() {
  ip link show "$PREFIX-host" &> /dev/null ||
    ip link add "$PREFIX-host" type veth peer name host netns "$(netns control)"
  in_netns control ip link set host master br0 up
  ip addr replace "$(machine_ip host)/24" dev "$PREFIX-host"
  ip link set "$PREFIX-host" up
  in_netns control ip route replace default via "$(machine_ip host)"
}

node_link_up() { # NODE
  in_netns "$1" ip link show eth0 &> /dev/null ||
    in_netns control ip link add "$1" type veth peer name eth0 netns "$(netns "$1")"
  in_netns control ip link set "$1" master br0 up
  in_netns "$1" ip addr replace "$(machine_ip "$1")/24" dev eth0
  in_netns "$1" ip link set eth0 up
  in_netns "$1" ip route replace default via "$(machine_ip host)"
  in_netns "$1" sysctl -qw net.ipv4.ip_forward=1
}

# Every machine and the host reach each node's pods by that node, and the services by any node: node0.
routes_up() {
  local from to
  for to in $(node_names); do
    ip route replace "$(node_pod_range "$to")" via "$(machine_ip "$to")"
    for from in $(machine_names); do
      [ "$from" = "$to" ] || in_netns "$from" ip route replace "$(node_pod_range "$to")" via "$(machine_ip "$to")"
    done
  done
  ip route replace "$(service_range)" via "$(machine_ip node0)"
  in_netns control ip route replace "$(service_range)" via "$(machine_ip node0)"
}

# kube-proxy must see what passes the pods' bridge. The host's own bridges stay as they were.
bridge_filter_up() {
  local name
  if [ ! -e /proc/sys/net/bridge ]; then
    modprobe br_netfilter 2> /dev/null || return 0
    : > "$STATE/undo/br_netfilter"
    sysctl -qw net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0 net.bridge.bridge-nf-call-arptables=0
  fi
  for name in $(node_names); do in_netns "$name" sysctl -qw net.bridge.bridge-nf-call-iptables=1; done
}

bridge_filter_works() { in_netns node0 test -e /proc/sys/net/bridge/bridge-nf-call-iptables; }

# The host forwards for the machines and their pods, behind its own address.
egress_up() {
  if [ "$(< /proc/sys/net/ipv4/ip_forward)" = 0 ]; then
    : > "$STATE/undo/ip_forward"
    sysctl -qw net.ipv4.ip_forward=1
  fi
  egress_rules_present && return
  egress_down
  egress_rules -A
}

egress_rules() { # -A | -D | -C
  local inside sources
  inside="$PREFIX-host"
  sources="$(machine_ip host)/24,$(pod_range)"
  iptables -w -t nat "$1" POSTROUTING -s "$sources" ! -o "$inside" -m comment --comment "$RULE_COMMENT" -j MASQUERADE &&
    iptables -w "${1/-A/-I}" FORWARD -i "$inside" -m comment --comment "$RULE_COMMENT" -j ACCEPT &&
    iptables -w "${1/-A/-I}" FORWARD -o "$inside" -m comment --comment "$RULE_COMMENT" -j ACCEPT
}

egress_rules_present() { egress_rules -C &> /dev/null; }

# Only rules with our comment go, one by one; nothing is flushed.
egress_down() {
  local table rule
  for table in nat filter; do
    while read -r rule; do
      eval "iptables -w -t $table -D ${rule#-A }" || true
    done < <(egress_left "$table")
  done
}

egress_left() { iptables-save -t "$1" 2> /dev/null | grep -- "--comment \"\?$RULE_COMMENT" || true; }

network_down() {
  local ns
  egress_down
  # A namespace takes its links, bridges, routes and rules with it; the host's end of a link goes with its peer.
  for ns in $(netns_names); do ip netns del "$ns"; done
  ip link del "$PREFIX-host" 2> /dev/null || true
  # `ip netns` mounts its folder when it is first used.
  if [ -f "$STATE/undo/netns" ] && [ -z "$(ls -A /run/netns)" ]; then umount /run/netns && rmdir /run/netns; fi
  if [ -f "$STATE/undo/ip_forward" ]; then sysctl -qw net.ipv4.ip_forward=0; fi
  if [ -f "$STATE/undo/br_netfilter" ]; then modprobe -r br_netfilter 2> /dev/null || true; fi
}
