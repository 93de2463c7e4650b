# shellcheck shell=bash disable=SC2034
# Names, places and address ranges of the local cluster.

readonly STATE=/var/lib/taskrunner-cluster
readonly KUBERNETES_VERSION=1.20.2
readonly KUBERNETES=${XDG_CACHE_HOME:-$HOME/.cache}/taskrunner/kubernetes-$KUBERNETES_VERSION
readonly KUBE_BIN=$KUBERNETES/bin
readonly ADMIN_KUBECONFIG=$STATE/admin.kubeconfig
readonly LOGS=$STATE/log
readonly PAUSE_IMAGE=taskrunner.local/pause:1

# Every network namespace, link, control group and firewall rule of the cluster carries one of these names.
readonly PREFIX=trc
readonly CGROUP=taskrunner-cluster
readonly RULE_COMMENT=taskrunner-cluster

readonly DEFAULT_NODES=3
readonly MAX_NODES=9

# Three ranges in a row, 10.N.0.0/24 for machines, 10.(N+1).0.0/16 for pods, 10.(N+2).0.0/16 for services.
# The first N whose ranges no route of this host touches is taken, and kept in $STATE/network.
readonly NETWORK_CANDIDATES="213 216 219 222 226 229 232"

# The user chooses another cluster by KUBECONFIG.
uses_local_cluster() { [ -z "${KUBECONFIG:-}" ] || [ "$KUBECONFIG" = "$ADMIN_KUBECONFIG" ]; }

machine_ip() { # control | node I | host
  local base
  base=10.$(< "$STATE/network").0
  case $1 in
    control) printf '%s.1' "$base" ;;
    host) printf '%s.254' "$base" ;;
    node*) printf '%s.%d' "$base" "$((10 + ${1#node}))" ;;
  esac
}

pod_range() { printf '10.%d.0.0/16' "$(($(< "$STATE/network") + 1))"; }
node_pod_range() { printf '10.%d.%d.0/24' "$(($(< "$STATE/network") + 1))" "${1#node}"; }
service_range() { printf '10.%d.0.0/16' "$(($(< "$STATE/network") + 2))"; }
first_service_ip() { printf '10.%d.0.1' "$(($(< "$STATE/network") + 2))"; }

node_names() {
  local i
  for ((i = 0; i < $(< "$STATE/nodes"); i++)); do printf 'node%d\n' "$i"; done
}

machine_names() { printf 'control\n'; node_names; }

# kubectl of the cluster's own version, for the cluster's own API server, past any proxy of the user's environment.
kube() { NO_PROXY='*' no_proxy='*' "$KUBE_BIN/kubectl" --kubeconfig "$ADMIN_KUBECONFIG" "$@"; }
