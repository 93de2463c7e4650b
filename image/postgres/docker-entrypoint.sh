#!/bin/bash
# Starts PostgreSQL; makes the database first when its folder is empty. Takes the variables of the public image:
# POSTGRES_USER, POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE, POSTGRES_DB, POSTGRES_INITDB_ARGS, PGDATA.
set -euo pipefail

case ${1:-} in
  '' | -*) set -- postgres "$@" ;;
esac
if [ "$1" != postgres ]; then exec "$@"; fi

if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then POSTGRES_PASSWORD=$(< "$POSTGRES_PASSWORD_FILE"); fi
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}

# The database is made beside its place and moved there complete: a pod that dies half-way leaves nothing that looks finished.
make_database() {
  local draft=$PGDATA/.new quoted
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then
    echo "There is no database in $PGDATA yet, and no password for it: set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE." >&2
    exit 1
  fi
  rm -rf "$draft"
  # shellcheck disable=SC2086
  initdb --pgdata="$draft" --username="$user" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") --encoding=UTF8 --locale=C.UTF-8 \
    --auth-local=trust --auth-host=scram-sha-256 ${POSTGRES_INITDB_ARGS:-}
  printf 'host all all all scram-sha-256\n' >> "$draft/pg_hba.conf"
  printf "listen_addresses = '*'\nunix_socket_directories = '/var/run/postgresql'\n" >> "$draft/postgresql.conf"
  if [ "$database" != postgres ]; then
    quoted=${database//\"/\"\"}
    printf 'CREATE DATABASE "%s";\n' "$quoted" | postgres --single -D "$draft" postgres > /dev/null
  fi
  mv "$draft"/* "$PGDATA"
  rmdir "$draft"
}

mkdir -p "$PGDATA"
chmod 700 "$PGDATA" 2> /dev/null || true
[ -s "$PGDATA/PG_VERSION" ] || make_database
exec "$@"
