# shellcheck shell=bash
# Starts what does not run, in the order in which it is needed. Every step looks first, so it can be run at any time.

up() { # [NODES]
  local nodes=${1:-} started
  started=$(now_ms)
  if ! uses_local_cluster; then
    say "KUBECONFIG is set to $KUBECONFIG: that cluster is used, and no local one is started."
    return
  fi
  require_root
  [[ ${nodes:-1} =~ ^[1-$MAX_NODES]$ ]] || die "The number of nodes is from 1 to $MAX_NODES, not \"$nodes\"." 2
  require_own_state
  "$CLUSTER/../tools/install" --quiet cluster
  build
  lock
  if cluster_is_healthy; then
    say "The local cluster runs already: $(wc -l <<< "$(node_names)") nodes."
    [ -z "$nodes" ] || [ "$nodes" = "$(< "$STATE/nodes")" ] || warn "It has $(< "$STATE/nodes") nodes; for $nodes, run cluster down first."
  else
    say "Starting the local cluster (logs in $LOGS) ..."
    start_all "${nodes:-$DEFAULT_NODES}"
    say "The local cluster is ready: $(wc -l <<< "$(node_names)") nodes, Kubernetes $KUBERNETES_VERSION, $(since "$started")."
  fi
  say "  export KUBECONFIG=$ADMIN_KUBECONFIG"
}

start_all() { # NODES
  local name at
  at=$(now_ms)
  state_open "$1"
  network_choose
  certificates_up
  cgroups_up
  network_up
  upstream_dns > "$STATE/upstream.conf"
  if bridge_filter_works; then printf 'false\n'; else printf 'true\n'; fi > "$STATE/masquerade-all"
  for name in $(node_names); do node_configure "$name"; done
  machine_scripts
  for name in $(machine_names); do machine_start "$name"; done
  say "  machines, certificates, network: $(since "$at")"
  pause_image
  wait_until 60 api_ready || die "The API server did not become ready within 60 s; see $LOGS/control-apiserver.log and $LOGS/control-etcd.log. \"cluster down\" and \"cluster up\" start afresh."
  say "  API server ready: $(since "$at")"
  kube apply -f "$CLUSTER/lib/objects.yaml" > /dev/null
  wait_until 90 nodes_ready || die "Not every node became ready within 90 s ($(nodes_not_ready | paste -sd' ')); see $LOGS/node*-kubelet.log."
  wait_until 30 namespace_ready || die "The controller manager did not create the default service account within 30 s; see $LOGS/control-controller-manager.log."
}

# The servers that the host asks; behind a local stub resolver, the ones that the stub asks.
upstream_dns() {
  local file=/etc/resolv.conf
  if grep -qE '^nameserver 127\.0\.0\.53' "$file" && [ -f /run/systemd/resolve/resolv.conf ]; then file=/run/systemd/resolve/resolv.conf; fi
  grep -E '^nameserver' "$file" | grep -vE ' (127\.|::1)' || true
}
