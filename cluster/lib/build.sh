# shellcheck shell=bash
# Compiles Kubernetes, once, from Debian's source package: its upstream tarball is complete (cmd/, pkg/, staging/, vendor/).

# Raised when the steps below change what comes out; a cache of another revision is built anew.
readonly BUILD_REVISION=2
readonly PARTS="kube-apiserver kube-controller-manager kube-scheduler kubelet kubectl kube-proxy"
readonly SOURCE_SHA256=b83c0780efb182d928dc63d46488a847f161f04e40a94b96bf5247dd671ecdfc
# Packages that the parts are compiled from, for the progress line.
readonly SOURCE_PACKAGES=2120

# The checksums are written last: a cache that was cut short, or damaged since, is built again.
built() { [ "$(cat "$KUBERNETES/revision" 2> /dev/null)" = "$BUILD_REVISION" ] && (cd "$KUBE_BIN" && sha256sum --check --status ../SHA256SUMS); }

build() {
  local started
  ! built || return 0
  started=$(now_ms)
  mkdir -p "$KUBERNETES"
  exec 8> "$KUBERNETES/lock"
  flock 8
  ! built || return 0
  say "Compiling Kubernetes $KUBERNETES_VERSION from Debian's source package, once: 5 to 10 minutes (log: $KUBERNETES/build.log) ..."
  "$CLUSTER/../tools/install" --quiet compiler
  rm -rf "${KUBERNETES:?}"/{bin,build,revision,SHA256SUMS,pause.tar}
  mkdir -p "$KUBE_BIN" "$KUBERNETES/build"
  : > "$KUBERNETES/build.log"
  build_step "Downloading the source" build_download
  build_step "Unpacking, and generating what the tarball lacks" build_prepare
  build_step "Compiling" build_compile
  (cd "$KUBE_BIN" && sha256sum ./* > ../SHA256SUMS)
  rm -rf "$KUBERNETES/build"
  printf '%s\n' "$BUILD_REVISION" > "$KUBERNETES/revision"
  say "Kubernetes is compiled: $(since "$started"), $(du -sm "$KUBE_BIN" | cut -f1) MB in $KUBE_BIN."
  exec 8>&-
}

build_step() { step "  $1" "$KUBERNETES/build.log" "$2"; }

# apt verifies the signature of the package list and the checksum that it names; ours pins the very file.
build_download() {
  cd "$KUBERNETES/build" || return
  "$CLUSTER/../tools/private-apt" "$PWD/apt" deb-src update
  "$CLUSTER/../tools/private-apt" "$PWD/apt" deb-src source --download-only kubernetes
  mv kubernetes_*.orig.tar.gz source.tar.gz
  sha256sum --check <<< "$SOURCE_SHA256  source.tar.gz"
}

# GOPATH mode, where vendor/k8s.io/* link into staging/. Nothing is fetched, and nothing is kept in the user's own Go cache.
go_environment() {
  export GOPATH=$KUBERNETES/build/go GOCACHE=$KUBERNETES/build/cache GOFLAGS='' GO111MODULE=off GOTOOLCHAIN=local CGO_ENABLED=0
  cd "$GOPATH/src/k8s.io/kubernetes" || return
}

build_prepare() {
  local sources=$KUBERNETES/build/go/src/k8s.io inputs
  mkdir -p "$sources/kubernetes"
  tar xzf "$KUBERNETES/build/source.tar.gz" --strip-components=1 -C "$sources/kubernetes"
  go_environment
  # Tests delete many pods and wait for each: the kubelet tells the API, and removes what is left of a pod, sooner than it would.
  sed -i 's/^const syncPeriod = 10 \* time.Second$/const syncPeriod = 1 * time.Second/' pkg/kubelet/status/status_manager.go
  sed -i 's/ContainerGCPeriod = time.Minute$/ContainerGCPeriod = 3 * time.Second/' pkg/kubelet/kubelet.go
  grep -q "^const syncPeriod = 1 " pkg/kubelet/status/status_manager.go && grep -q "ContainerGCPeriod = 3 " pkg/kubelet/kubelet.go
  mend_maps vendor/github.com/modern-go/reflect2
  # kube-apiserver needs one generated file that the tarball lacks.
  go build -o "$KUBERNETES/build/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
  inputs=$(grep -rl --include='*.go' -E '^// \+k8s:openapi-gen=true' staging/src/k8s.io pkg | grep -v zz_generated |
    xargs -n1 dirname | sort -u | sed -E 's#^staging/src/##; s#^pkg/#k8s.io/kubernetes/pkg/#' | sort -u | paste -sd,)
  "$KUBERNETES/build/openapi-gen" --go-header-file hack/boilerplate/boilerplate.generatego.txt -i "$inputs" \
    -p k8s.io/kubernetes/pkg/generated/openapi -O zz_generated.openapi -r "$KUBERNETES/build/violations" --output-base "$GOPATH/src"
}

# The library that reads custom resources walks maps by a layout that Go had before 1.18; since then the iterator is the caller's, and larger. Without
# this, the first custom resource ends the API server.
mend_maps() { # FOLDER
  sed -i 's/^func mapiterinit(rtype unsafe.Pointer, m unsafe.Pointer) \*hiter$/func mapiterinit(rtype unsafe.Pointer, m unsafe.Pointer, it *hiter)/
    s/^\tvalue unsafe.Pointer .*$/&\n\tpointers [6]unsafe.Pointer\n\tnumbers [4]uintptr/' "$1/unsafe_link.go"
  sed -i 's/hiter: *mapiterinit(/hiter: startIteration(/' "$1/unsafe_map.go"
  printf 'func startIteration(rtype, m unsafe.Pointer) *hiter {\n\tit := new(hiter)\n\tmapiterinit(rtype, m, it)\n\treturn it\n}\n' >> "$1/unsafe_map.go"
  grep -q 'it \*hiter)$' "$1/unsafe_link.go" && grep -q 'numbers \[4\]' "$1/unsafe_link.go" && grep -q 'startIteration(type2' "$1/unsafe_map.go"
}

# The tags leave out the cloud providers and dockershim: a third less to compile, binaries of half the size.
build_compile() {
  local flags="-s -w" at part targets=() progress
  go_environment
  for at in {,k8s.io/kubernetes/vendor/}k8s.io/{component-base/version,client-go/pkg/version}; do
    flags+=" -X $at.gitVersion=v$KUBERNETES_VERSION -X $at.gitMajor=1 -X $at.gitMinor=20 -X $at.gitTreeState=clean"
  done
  for part in $PARTS; do targets+=("./cmd/$part"); done
  build_progress "$KUBERNETES/build.log" &
  progress=$!
  # shellcheck disable=SC2064
  trap "kill $progress 2> /dev/null || true" EXIT
  go build -v -trimpath -tags providerless,dockerless -ldflags "$flags" -o "$KUBE_BIN/" "${targets[@]}"
  gcc -Os -static -o "$KUBE_BIN/pause" build/pause/linux/pause.c
}

# Speaks past the log, to the terminal or pipe that the build was started with.
build_progress() { # LOG
  local started done_before done_now
  started=$(now_ms) done_before=$(wc -l < "$1")
  while sleep 20; do
    done_now=$(($(wc -l < "$1") - done_before))
    say "    $done_now of about $SOURCE_PACKAGES packages, $(since "$started")" >&7
  done
}
