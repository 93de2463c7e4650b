# shellcheck shell=bash
# The cluster that everything runs on: the user's, when KUBECONFIG names one, else the local one.

# shellcheck source=cluster/lib/settings.sh
. "$REPOSITORY/cluster/lib/settings.sh"

local_cluster_exists() { [ -f "$ADMIN_KUBECONFIG" ]; }

# Starts the local cluster where it is needed, and points KUBECONFIG, PATH and NO_PROXY at what is used.
cluster_ready() {
  local answer
  if uses_local_cluster; then
    "$REPOSITORY/cluster/cluster" up
    export KUBECONFIG=$ADMIN_KUBECONFIG
  fi
  "$REPOSITORY/tools/install" --quiet kubectl
  [ -x "$REPOSITORY/.cache/bin/kubectl" ] || die "kubectl is missing: install one that fits the cluster of KUBECONFIG=$KUBECONFIG." "$EXIT_MISSING"
  if uses_local_cluster; then
    export NO_PROXY="${NO_PROXY:+$NO_PROXY,}10.0.0.0/8,127.0.0.1,localhost"
    export no_proxy=$NO_PROXY
  fi
  answer=$(kubectl get --raw /version --request-timeout=10s 2>&1) || die "The cluster of KUBECONFIG=$KUBECONFIG does not answer: $(tail -n 1 <<< "$answer")"
}

# The values file with the images for this cluster. Another cluster cannot be given our archives: it must pull IMAGE from a registry.
# shellcheck disable=SC2034
cluster_images() { # sets $image_arguments
  local rest
  if uses_local_cluster; then
    step "Loading the images into every node" "$REPOSITORY/.cache/log/load.log" "$REPOSITORY/cluster/cluster" load-image "$REPOSITORY"/.cache/images/{taskrunner,redis,postgres}.tar
    image_arguments=(-f "$REPOSITORY/cluster/local-values.yaml")
    return
  fi
  [ -n "${IMAGE:-}" ] || die "The cluster of KUBECONFIG=$KUBECONFIG cannot be given a local image: push one that it can pull (docker build -f image/Dockerfile .) and set IMAGE=registry/repository:tag." "$EXIT_MISSING"
  rest=${IMAGE##*/}
  [[ $rest == *:* ]] || IMAGE=$IMAGE:latest
  image_arguments=(--set "image.registry=,image.repository=${IMAGE%:*},image.tag=${IMAGE##*:}")
}
