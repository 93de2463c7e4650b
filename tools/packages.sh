# shellcheck shell=bash
# Debian packages by purpose, found by the program that is needed: a containerd of Docker's own packages, say, is as good.

# PROGRAM PACKAGE lines. A program is a command, or a path in which * may stand.
programs_of() { # GROUP
  case $1 in
    test)
      printf '%s\n' 'redis-server redis-server' 'redis-cli redis-tools' '/usr/lib/postgresql/*/bin/postgres postgresql-15' '/usr/sbin/pgbouncer pgbouncer' \
        '/usr/bin/python3 python3' \
        '/usr/lib/python3/dist-packages/croniter/__init__.py python3-croniter' '/usr/lib/python3/dist-packages/celery/__init__.py python3-celery' \
        '/usr/lib/python3/dist-packages/redis/__init__.py python3-redis' '/usr/share/zoneinfo/tzdata.zi tzdata' '/usr/lib/*/faketime/libfaketimeMT.so.1 libfaketime'
      ;;
    bench) printf '%s\n' '/usr/lib/python3/dist-packages/celery/__init__.py python3-celery' '/usr/bin/sidekiq ruby-sidekiq' 'gcc gcc' '/usr/lib/*-linux-gnu/libc.a libc6-dev' ;;
    image) printf '%s\n' 'jq jq' 'xz xz-utils' 'gcc gcc' '/usr/lib/*-linux-gnu/libc.a libc6-dev' ;;
    cluster)
      printf '%s\n' 'containerd containerd' 'ctr containerd' 'runc runc' 'etcd etcd-server' '/usr/lib/cni/bridge containernetworking-plugins' \
        'iptables iptables' 'conntrack conntrack' 'socat socat' 'ethtool ethtool' 'dnsmasq dnsmasq-base' 'openssl openssl' 'jq jq' \
        'ip iproute2' 'ps procps' 'modprobe kmod' 'nsenter util-linux'
      ;;
    api) printf '%s\n' 'etcd etcd-server' 'openssl openssl' 'curl curl' ;;
    compiler) printf '%s\n' 'go golang-go' 'gcc gcc' '/usr/lib/*-linux-gnu/libc.a libc6-dev' 'xz xz-utils' ;;
    lint) printf '%s\n' 'shellcheck shellcheck' 'yamllint yamllint' ;;
  esac
}

program_path() { # PROGRAM
  case $1 in
    /*) compgen -G "$1" | sort -V | tail -n 1 ;;
    *) PATH=$PATH:/usr/sbin:/sbin command -v "$1" ;;
  esac
}

missing_packages() { # GROUP...
  local group program package
  for group in "$@"; do
    while read -r program package; do
      [ -n "$(program_path "$program")" ] || printf '%s\n' "$package"
    done < <(programs_of "$group")
  done | sort -u
}

# Some of these packages bring a service. None may run, now or after a restart, because of us: SYSTEMD_OFFLINE keeps systemctl
# from starting anything meanwhile, and what got enabled is disabled again. Services that were there before are not touched.
install_packages() { # PACKAGE...
  export DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1 RUNLEVEL=1
  apt-get update -q || true
  apt-get install -y -q --no-install-recommends "$@"
  unset SYSTEMD_OFFLINE RUNLEVEL
  local package
  for package in "$@"; do
    case $package in
      containerd) disable_service containerd ;;
      etcd-server) disable_service etcd ;;
      redis-server) disable_service redis-server ;;
      pgbouncer) disable_service pgbouncer ;;
      postgresql-15)
        disable_service postgresql
        if command -v pg_dropcluster > /dev/null && [ -d /etc/postgresql/15/main ]; then pg_dropcluster --stop 15 main; fi
        ;;
    esac
  done
}

disable_service() { # NAME
  if [ -d /run/systemd/system ]; then
    systemctl disable --now --quiet "$1" 2> /dev/null || true
  elif [ -f "/etc/init.d/$1" ]; then
    update-rc.d "$1" disable || true
  fi
}

require_packages() { # GROUP...
  local missing
  missing=$(missing_packages "$@" | paste -sd' ')
  [ -n "$missing" ] || return 0
  command -v apt-get > /dev/null || die "These programs' packages are missing, and this is no Debian: $missing." "$EXIT_MISSING"
  is_root || die "Debian packages are missing; install them and run this again: sudo apt-get install --no-install-recommends $missing" "$EXIT_MISSING"
  # shellcheck disable=SC2086
  step "Installing Debian packages ($missing)" "$TOOLS_LOG" install_packages $missing
  missing=$(missing_packages "$@" | paste -sd' ')
  [ -z "$missing" ] || die "These packages were installed and still lack a program that is needed: $missing. See $TOOLS_LOG." "$EXIT_MISSING"
}
