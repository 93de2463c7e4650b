# shellcheck shell=bash
# PostgreSQL for the bundled store of the local cluster. A real installation takes the public image that the chart names.

postgres_root() { # ROOT
  rootfs "$1" postgresql-15 postgresql-client-15 bash coreutils tzdata libc-bin
  user "$1" postgres 999 /var/lib/postgresql
  ln -s bash "$1/usr/bin/sh"
  mkdir -p "$1/var/lib/postgresql/data" "$1/run/postgresql" "$1/usr/local/bin"
  ln -sfn /run "$1/var/run"
  chmod 777 "$1/var/lib/postgresql" "$1/var/lib/postgresql/data" "$1/run/postgresql"
  link_programs "$1" /usr/lib/postgresql/15/bin
  install -m 755 "$IMAGE/postgres/docker-entrypoint.sh" "$1/usr/local/bin/docker-entrypoint.sh"
}

postgres_config() {
  jq -cn '{User: "999:999", WorkingDir: "/", Entrypoint: ["docker-entrypoint.sh"], Cmd: ["postgres"], ExposedPorts: {"5432/tcp": {}}, StopSignal: "SIGINT",
    Env: ["PATH=/usr/local/bin:/usr/bin:/bin", "PGDATA=/var/lib/postgresql/data", "LANG=C.UTF-8"]}'
}
