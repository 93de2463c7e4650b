# shellcheck shell=bash
# What "up" means.

api_ready() { [ "$(kube get --raw /readyz 2> /dev/null)" = ok ]; }

# Asked at the kubelet itself: the API calls a lost node ready until its grace period ends.
kubelet_answers() { [ "$(kube get --raw "/api/v1/nodes/$1/proxy/healthz" 2> /dev/null)" = ok ]; }

nodes_not_ready() {
  local ready node
  ready=$(kube get nodes -o json 2> /dev/null | jq -r '.items[] | select(any(.status.conditions[]; .type == "Ready" and .status == "True")) | .metadata.name')
  for node in $(node_names); do
    if ! grep -qx "$node" <<< "$ready" || ! kubelet_answers "$node"; then printf '%s\n' "$node"; fi
  done
}

nodes_ready() { [ -z "$(nodes_not_ready)" ]; }

# Pods cannot be created in a namespace before its service account is there.
namespace_ready() { kube get serviceaccount default; }

cluster_is_healthy() {
  state_is_ours && [ -f "$STATE/nodes" ] && [ -f "$STATE/network" ] || return 1
  local name
  for name in $(machine_names); do machine_runs "$name" || return 1; done
  egress_rules_present && api_ready && nodes_ready
}

status() {
  local name
  if ! uses_local_cluster; then say "KUBECONFIG is set: $KUBECONFIG"; return; fi
  if ! state_is_ours; then say "There is no local cluster; cluster up starts one."; return 1; fi
  require_root
  for name in $(machine_names); do
    if machine_runs "$name"; then say "$name: runs, $(machine_ip "$name")"; else say "$name: down"; fi
  done
  if api_ready; then kube get nodes -o wide; else say "The API server does not answer; cluster up starts what is missing."; return 1; fi
  say "Logs: $LOGS"
  say "  export KUBECONFIG=$ADMIN_KUBECONFIG"
  nodes_ready
}
