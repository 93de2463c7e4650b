# shellcheck shell=bash
# kubectl: for the local cluster the one that was compiled with it, of the same version; for another cluster the one on PATH.

kubectl_version() { timeout 5 "$1" version --client --short 2> /dev/null | grep -o 'v[0-9][^ ]*' | head -n 1 || true; }

find_kubectl() {
  local own other
  own=${XDG_CACHE_HOME:-$HOME/.cache}/taskrunner/kubernetes-1.20.2/bin/kubectl
  other=$(PATH=${PATH//$BIN:/} command -v kubectl || true)
  [ -z "$other" ] || timeout 5 "$other" version --client > /dev/null 2>&1 || other=''
  if [ -n "${KUBECONFIG:-}" ] && [ "$KUBECONFIG" != /var/lib/taskrunner-cluster/admin.kubeconfig ] && [ -n "$other" ]; then own=$other; fi
  if [ -x "$own" ]; then link_tool kubectl "$own"; return; fi
  rm -f "$BIN/kubectl"
  [ -z "$other" ] || link_tool kubectl "$other"
}
