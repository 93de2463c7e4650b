# shellcheck shell=bash
# kubectl: for the local cluster the one that was compiled with it, of the same version; for another cluster the one on PATH.

kubectl_version() { timeout 5 "$1" version --client 2> /dev/null | grep -oE 'v[0-9]+\.[0-9]+\.[0-9]+' | head -n 1 || true; }

find_kubectl() {
  local chosen=$KUBE_BIN/kubectl other
  other=$(PATH=${PATH//$BIN:/} command -v kubectl || true)
  [ -n "$other" ] && timeout 5 "$other" version --client > /dev/null 2>&1 || other=''
  if [ -n "$other" ] && { ! uses_local_cluster || [ ! -x "$chosen" ]; }; then chosen=$other; fi
  if [ -x "$chosen" ]; then link_tool kubectl "$chosen"; else rm -f "$BIN/kubectl"; fi
}
