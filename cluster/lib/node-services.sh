# shellcheck shell=bash disable=SC2154
# What runs on a node: containerd, the kubelet and kube-proxy.

start_services() {
  cd "$STATE/$name" || return
  service containerd containerd -c "$STATE/$name/containerd.toml" &
  service kubelet kubelet_run &
  service proxy proxy_run &
}

node_can_start() { ctr -a "$STATE/$name/containerd.sock" version && kube get --raw /readyz; }

# Two dead containers a container are kept: while one starts anew it counts as dead itself, and what is said of the last one must not be swept away then.
kubelet_run() {
  wait_until 60 node_can_start
  "$KUBE_BIN/kubelet" --config="$STATE/$name/kubelet.yaml" --kubeconfig="$STATE/$name/kubelet.kubeconfig" --hostname-override="$name" \
    --node-ip="$(machine_ip "$name")" --node-labels="topology.kubernetes.io/zone=zone-${name#node}" \
    --root-dir="$STATE/$name/kubelet" --cert-dir=/run/kubelet \
    --maximum-dead-containers-per-container=2 \
    --container-runtime=remote --container-runtime-endpoint="unix://$STATE/$name/containerd.sock"
}

proxy_run() {
  wait_until 60 node_can_start
  "$KUBE_BIN/kube-proxy" --kubeconfig="$STATE/proxy.kubeconfig" --cluster-cidr="$(pod_range)" --proxy-mode=iptables --hostname-override="$name" \
    --conntrack-max-per-core=0 --conntrack-tcp-timeout-established=0s --conntrack-tcp-timeout-close-wait=0s \
    --masquerade-all="$(< "$STATE/masquerade-all")"
}
