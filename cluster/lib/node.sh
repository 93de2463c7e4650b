# shellcheck shell=bash
# The configuration files of a node. They are written anew at each `up`: a newer version of this tool takes effect.

node_configure() { # NODE
  local d=$STATE/$1
  mkdir -p "$d/cni" "$d/plugins"
  containerd_config "$d" > "$d/containerd.toml"
  pod_network_config "$1" > "$d/cni/10-bridge.conflist"
  kubelet_config "$1" > "$d/kubelet.yaml"
  printf 'nameserver %s\n' "$(machine_ip control)" > "$d/resolv.conf"
}

# No AppArmor: its profile would be loaded into the host's kernel and stay there.
# The score by which the kernel picks its victims may not be lowered on every host: some take that right from root.
containerd_config() { # FOLDER
  cat << EOF
version = 2
root = "$1/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
address = "$1/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "$PAUSE_IMAGE"
disable_apparmor = true
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "$1/cni"
EOF
}

pod_network_config() { # NODE
  cat << EOF
{"cniVersion": "0.4.0", "name": "pods", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "$(node_pod_range "$1")"}]], "routes": [{"dst": "0.0.0.0/0"}], "dataDir": "/run/ipam"}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
EOF
}

# A node heartbeats every 2 s (a quarter of its lease). Images are loaded by hand, so none is ever collected.
kubelet_config() { # NODE
  cat << EOF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $STATE/pki/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $STATE/pki/$1.crt
tlsPrivateKeyFile: $STATE/pki/$1.key
clusterDNS: ["$(machine_ip control)"]
clusterDomain: cluster.local
resolvConf: $STATE/$1/resolv.conf
cgroupDriver: cgroupfs
cgroupRoot: /$CGROUP/$1
enforceNodeAllocatable: []
failSwapOn: false
nodeLeaseDurationSeconds: 8
syncFrequency: 10s
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
# Negative: 0 is taken for the default, a du and a find of each volume every minute.
volumeStatsAggPeriod: -1s
volumePluginDir: $STATE/$1/plugins
eventRecordQPS: 50
eventBurst: 100
kubeAPIQPS: 50
kubeAPIBurst: 100
maxPods: 110
EOF
}
