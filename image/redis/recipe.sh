# shellcheck shell=bash
# Redis for the bundled store of the local cluster. A real installation takes the public image that the chart names.

redis_root() { # ROOT
  rootfs "$1" redis-server redis-tools bash coreutils
  user "$1" redis 999 /data
  ln -s bash "$1/usr/bin/sh"
  mkdir -p "$1/data" "$1/usr/local/bin"
  chmod 777 "$1/data"
  ln -s /usr/bin/redis-server /usr/bin/redis-cli "$1/usr/local/bin/"
}

redis_config() {
  jq -cn '{User: "999:999", WorkingDir: "/data", Cmd: ["redis-server"], ExposedPorts: {"6379/tcp": {}}, Env: ["PATH=/usr/local/bin:/usr/bin:/bin"]}'
}
