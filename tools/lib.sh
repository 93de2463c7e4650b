# shellcheck shell=bash
# How every script of this repository speaks, waits and stops. Sourced, never run.

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }

# The one way to give up: a sentence, and an exit code (1 unless given).
die() { # SENTENCE [CODE]
  warn "$1"
  exit "${2:-1}"
}

# Exit code of a run that lacks a right or a program which only the user can give.
# shellcheck disable=SC2034
readonly EXIT_MISSING=3

now_ms() { local t=${EPOCHREALTIME/[.,]/}; printf '%s' "$((t / 1000))"; }

# Seconds with one decimal since a `now_ms`.
since() { local d=$(($(now_ms) - $1)); printf '%d.%d s' "$((d / 1000))" "$((d % 1000 / 100))"; }

# Runs a command, its output in a log file. Says what it does at once, and how long it took; shows the end of the log on failure.
step() { # TITLE LOG COMMAND...
  local title=$1 log=$2 started code
  shift 2
  started=$(now_ms)
  say "$title ..."
  mkdir -p "${log%/*}"
  # Not `|| code=$?`: that would switch off errexit inside of a function.
  set +e
  (set -e; "$@") >> "$log" 2>&1
  code=$?
  set -e
  if [ "$code" -ne 0 ]; then
    warn "$title: failed with exit code $code after $(since "$started"). The end of $log:"
    tail -n 25 "$log" | sed 's/^/    /' >&2
    return "$code"
  fi
  say "$title: $(since "$started")"
}

# Waits until a command succeeds; says nothing while it waits.
wait_until() { # SECONDS COMMAND...
  local deadline=$(($(now_ms) + $1 * 1000))
  shift
  until "$@" > /dev/null 2>&1; do
    [ "$(now_ms)" -lt "$deadline" ] || return 1
    sleep 0.2
  done
}

# The SDK greets nobody, and reports to nobody.
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

is_root() { [ "$(id -u)" -eq 0 ]; }
