# shellcheck shell=bash
# The runner's image: the program, the libraries that it loads, time zones and certificate authorities. No shell.

taskrunner_base() { # ROOT
  rootfs "$1" libc6 libssl3 ca-certificates tzdata
  # Nothing in the image runs or reads these.
  rm -rf "${1:?}"/usr/{bin,sbin,share/{gcc,perl5,menu,keyrings,pam,pam-configs,debconf,libc-bin}} "$1"/etc/{pam.d,security,ld.so.conf.d,terminfo}
  mkdir -p "$1"/usr/{bin,sbin}
  certificate_bundle "$1"
  user "$1" taskrunner 1000 /app
  mkdir -p "$1/app"
}

taskrunner_config() {
  jq -cn '{User: "1000:1000", WorkingDir: "/app", Entrypoint: ["/app/taskrunner"], ExposedPorts: {"8000/tcp": {}},
    Env: ["PATH=/usr/local/bin:/usr/bin:/bin:/app", "HOME=/tmp", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"]}'
}
