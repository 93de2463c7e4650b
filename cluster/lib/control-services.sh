# shellcheck shell=bash
# What runs on the control machine: the store, the API, the controllers, cluster DNS and the cluster's agent.

start_services() {
  cd "$STATE" || return
  service etcd etcd_run &
  service apiserver apiserver_run &
  service controller-manager controller_manager_run &
  service scheduler scheduler_run &
  service dnsmasq dnsmasq_run &
  service agent agent_run &
}

# The data is a throwaway: no waiting for the disk.
etcd_run() {
  etcd --data-dir "$STATE/etcd" --unsafe-no-fsync --logger=zap --log-level=warn \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380
}

apiserver_run() {
  "$KUBE_BIN/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 --secure-port=6443 --advertise-address="$(machine_ip control)" \
    --client-ca-file=pki/ca.crt --tls-cert-file=pki/apiserver.crt --tls-private-key-file=pki/apiserver.key \
    --service-account-key-file=pki/sa.pub --service-account-signing-key-file=pki/sa.key --service-account-issuer=https://kubernetes.default.svc \
    --service-cluster-ip-range="$(service_range)" --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged \
    --kubelet-client-certificate=pki/apiserver-kubelet.crt --kubelet-client-key=pki/apiserver-kubelet.key --kubelet-certificate-authority=pki/ca.crt \
    --kubelet-preferred-address-types=InternalIP --endpoint-reconciler-type=lease --cert-dir=/run/apiserver \
    --default-not-ready-toleration-seconds=30 --default-unreachable-toleration-seconds=30
}

api_is_up() { kube get --raw /readyz; }

# Short grace periods, so that a lost node is noticed in seconds. The eviction rate must not be 1: while no node is ready, as at the start, the
# controller uses a limiter that never evicts and reports its rate as 1. A rate of 1 then counts as no change, and that limiter stays for good.
controller_manager_run() {
  wait_until 60 api_is_up
  "$KUBE_BIN/kube-controller-manager" --kubeconfig=controller-manager.kubeconfig --service-account-private-key-file=pki/sa.key \
    --root-ca-file=pki/ca.crt --use-service-account-credentials --leader-elect=false --cert-dir=/run/controller-manager \
    --node-monitor-grace-period=10s --node-monitor-period=2s --node-eviction-rate=2 --kube-api-qps=100 --kube-api-burst=200
}

scheduler_run() {
  wait_until 60 api_is_up
  "$KUBE_BIN/kube-scheduler" --kubeconfig=scheduler.kubeconfig --leader-elect=false --cert-dir=/run/scheduler --kube-api-qps=100 --kube-api-burst=200
}

# A hosts file in --hostsdir is read again whenever the agent replaces it. Names outside of the cluster go to the host's own servers.
dnsmasq_run() {
  dnsmasq --keep-in-foreground --log-facility=- --user=root --pid-file= --listen-address="$(machine_ip control)" --bind-interfaces \
    --no-hosts --hostsdir="$STATE/hosts" --local=/cluster.local/ --cache-size=1000 --resolv-file="$STATE/upstream.conf"
}

agent_run() {
  wait_until 60 api_is_up
  node "$LIB/../agent/main.js" "$STATE"
}
