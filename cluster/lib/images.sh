# shellcheck shell=bash
# Image archives, and how they get into every node.

ctr_on() { local node=$1; shift; ctr -a "$STATE/$node/containerd.sock" -n k8s.io "$@"; }

containerd_answers() { ctr_on "$1" version; }

# Loads an archive into each node that does not hold exactly it yet.
image_load() { # ARCHIVE
  local archive=$1 sum node pids=() pid
  [ -f "$archive" ] || die "There is no image archive $archive."
  sum=$(sha256sum "$archive" | cut -d' ' -f1)
  for node in $(node_names); do
    image_load_into "$node" "$archive" "$sum" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || die "$archive could not be loaded; see $LOGS/images.log."; done
}

image_load_into() { # NODE ARCHIVE SUM
  local note=$STATE/images/$1-$3
  [ ! -f "$note" ] || return 0
  wait_until 30 containerd_answers "$1" || return 1
  ctr_on "$1" images import "$2" >> "$LOGS/images.log" 2>&1 || return 1
  : > "$note"
}

# The parent of every pod: a static program that sleeps.
pause_image() {
  local archive=$KUBERNETES/pause.tar root
  if [ ! -f "$archive" ]; then
    root=$(mktemp -d)
    cp "$KUBE_BIN/pause" "$root/pause"
    "$CLUSTER/../image/archive" "$archive" "$PAUSE_IMAGE" "$root" '{"Entrypoint": ["/pause"]}'
    rm -rf "$root"
  fi
  image_load "$archive"
}
