# shellcheck shell=bash
# The cluster's own certificate authority, and a key pair and kubeconfig for every part that speaks to the API.

# A certificate appears under its name only when it is complete, so a run that was cut short is taken up again.
authority() {
  [ ! -f "$STATE/pki/ca.crt" ] || return 0
  (umask 077 && mkdir -p "$STATE/pki")
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=$RULE_COMMENT" \
    -addext keyUsage=critical,keyCertSign,digitalSignature -keyout "$STATE/pki/ca.key" -out "$STATE/pki/ca.crt.new" 2> /dev/null
  mv "$STATE/pki/ca.crt.new" "$STATE/pki/ca.crt"
}

service_account_key() {
  [ ! -f "$STATE/pki/sa.pub" ] || return 0
  openssl ecparam -name prime256v1 -genkey -noout -out "$STATE/pki/sa.key"
  openssl ec -in "$STATE/pki/sa.key" -pubout -out "$STATE/pki/sa.pub.new" 2> /dev/null
  mv "$STATE/pki/sa.pub.new" "$STATE/pki/sa.pub"
}

certificate() { # FILE COMMON-NAME ORGANISATION [SUBJECT-ALT-NAMES]
  local file=$STATE/pki/$1
  [ ! -f "$file.crt" ] || return 0
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$file.key" -out "$file.csr" -subj "/O=$3/CN=$2" 2> /dev/null
  openssl x509 -req -in "$file.csr" -CA "$STATE/pki/ca.crt" -CAkey "$STATE/pki/ca.key" -set_serial "0x$(openssl rand -hex 12)" -days 3650 \
    -extfile <(printf '%s\nextendedKeyUsage=serverAuth,clientAuth\nkeyUsage=digitalSignature\n' "${4:+subjectAltName=$4}") -out "$file.crt.new" 2> /dev/null
  rm -f "$file.csr"
  mv "$file.crt.new" "$file.crt"
}

kubeconfig() { # CERTIFICATE OUT
  [ ! -f "$2" ] || return 0
  ( umask 077
    cat > "$2.new" << EOF
apiVersion: v1
kind: Config
clusters: [{name: taskrunner-local, cluster: {server: "https://$(machine_ip control):6443", certificate-authority-data: $(base64 -w0 "$STATE/pki/ca.crt")}}]
users: [{name: $1, user: {client-certificate-data: $(base64 -w0 "$STATE/pki/$1.crt"), client-key-data: $(base64 -w0 "$STATE/pki/$1.key")}}]
contexts: [{name: taskrunner-local, context: {cluster: taskrunner-local, user: $1}}]
current-context: taskrunner-local
EOF
  )
  mv "$2.new" "$2"
}

certificates_up() {
  local node part
  authority
  service_account_key
  certificate apiserver kube-apiserver kubernetes \
    "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:localhost,IP:127.0.0.1,IP:$(first_service_ip),IP:$(machine_ip control)"
  certificate apiserver-kubelet kube-apiserver-kubelet-client system:masters
  certificate admin admin system:masters
  certificate agent agent system:masters
  for part in controller-manager scheduler proxy; do certificate "$part" "system:kube-$part" kubernetes; done
  for part in admin agent controller-manager scheduler proxy; do kubeconfig "$part" "$STATE/$part.kubeconfig"; done
  for node in $(node_names); do
    mkdir -p "$STATE/$node"
    certificate "$node" "system:node:$node" system:nodes "DNS:$node,IP:127.0.0.1,IP:$(machine_ip "$node")"
    kubeconfig "$node" "$STATE/$node/kubelet.kubeconfig"
  done
}
