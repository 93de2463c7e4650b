# shellcheck shell=bash
build() { [ -x "$KUBE_BIN/kubelet" ]; }
