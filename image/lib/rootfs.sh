# shellcheck shell=bash
# A minimal root file system from Debian's packages: chosen programs with the libraries they need, and nothing that installs.

# Downloads PACKAGE... with all they depend on, as for an empty system, and unpacks those packages and their libraries into ROOT.
rootfs() { # ROOT PACKAGE...
  local root=$1 apt=$1.apt deb name
  shift
  rm -rf "$apt" "$root"
  mkdir -p "$root"
  "$TOOLS/private-apt" "$apt" deb update
  "$TOOLS/private-apt" "$apt" deb --download-only install "$@"
  merged_folders "$root"
  for deb in "$apt"/archives/*.deb; do
    name=$(dpkg-deb -f "$deb" Package)
    if [[ " $* " == *" $name "* ]] || is_library "$name"; then unpack "$deb" "$root"; fi
  done
  rm -rf "$apt"
  users "$root"
}

# Left out: what only Perl, the installer or a compiler in PostgreSQL's planner (JIT) would load.
is_library() {
  case $1 in
    libllvm* | libz3* | libperl* | libgdbm* | libpam-modules* | libpam-runtime | libc-l10n | libjson-perl | libtypes-* | *-perl | *-bin | *-common) return 1 ;;
    lib* | zlib1g) return 0 ;;
  esac
  return 1
}

merged_folders() { # ROOT
  local d
  for d in bin sbin lib lib64; do
    mkdir -p "$1/usr/$d"
    ln -s "usr/$d" "$1/$d"
  done
  mkdir -p "$1"/{tmp,run,etc,proc,sys,dev,var}
  chmod 1777 "$1/tmp"
}

# Documentation, translations, character set converters and the installer's hooks stay behind.
unpack() { # DEB ROOT
  dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --keep-directory-symlink --no-same-owner \
    --exclude='./usr/share/doc' --exclude='./usr/share/man' --exclude='./usr/share/locale' --exclude='./usr/share/lintian' --exclude='./usr/share/bug' \
    --exclude='./usr/share/info' --exclude='./usr/share/gdb' --exclude='./usr/lib/*/gconv' --exclude='./usr/lib/*/engines-3' --exclude='./usr/share/postgresql/*/man' \
    --exclude='./usr/lib/postgresql/*/lib/bitcode' --exclude='./usr/share/zoneinfo/right' --exclude='./usr/share/zoneinfo/posix' --exclude='./usr/share/zoneinfo/localtime' \
    --exclude='./lib/systemd' --exclude='./usr/lib/systemd' --exclude='./etc/init.d' --exclude='./etc/default' --exclude='./etc/cron*' --exclude='./usr/share/bash-completion'
}

users() { # ROOT
  printf 'root:x:0:0:root:/:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n' > "$1/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' > "$1/etc/group"
  printf 'passwd: files\ngroup: files\nhosts: files dns\n' > "$1/etc/nsswitch.conf"
}

user() { # ROOT NAME ID HOME
  printf '%s:x:%d:%d:%s:%s:/sbin/nologin\n' "$2" "$3" "$3" "$2" "$4" >> "$1/etc/passwd"
  printf '%s:x:%d:\n' "$2" "$3" >> "$1/etc/group"
}

# What Debian's ca-certificates makes when it is installed: one file with all authorities, where OpenSSL looks.
certificate_bundle() { # ROOT
  mkdir -p "$1/etc/ssl/certs" "$1/usr/lib/ssl"
  find "$1/usr/share/ca-certificates" -name '*.crt' -print0 | sort -z | xargs -0 cat > "$1/etc/ssl/certs/ca-certificates.crt"
  rm -rf "$1/usr/share/ca-certificates" "$1/etc/ca-certificates" "$1/usr/sbin/update-ca-certificates"
  ln -s /etc/ssl/certs "$1/usr/lib/ssl/certs"
  ln -s /etc/ssl/certs/ca-certificates.crt "$1/usr/lib/ssl/cert.pem"
}

# Programs are on PATH in both places where people look for them.
link_programs() { # ROOT FOLDER
  local program
  mkdir -p "$1/usr/local/bin"
  for program in "$1$2"/*; do ln -sf "$2/${program##*/}" "$1/usr/local/bin/${program##*/}"; done
}
