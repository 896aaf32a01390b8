# Sourced by the libraries of the system tests, lib.sh (daemons) and engine/lib.sh (engines): how a test speaks, waits,
# fails and cleans up. Everything happens in network namespaces named $HOSTS_PREFIX-*, in a scratch folder $work, and in
# a mount namespace of its own: engines find their sockets in /run/wireguard, which network namespaces share.
set -euo pipefail

if ((EUID == 0)) && [[ -z ${SMEG_TEST_MOUNTS:-} ]]; then
  mkdir -p /run/wireguard
  SMEG_TEST_MOUNTS=1 exec unshare --mount bash -c 'mount -t tmpfs -o mode=755 none /run/wireguard && exec "$@"' - "$0" "$@"
fi

readonly root=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
readonly test_name=$(realpath -s --relative-to="$root/tests/system" "$0")
readonly SMEGD=${SMEGD:-$root/build/release/bin/smegd} SMEGCTL=${SMEGCTL:-$root/build/release/bin/smegctl}
readonly HOSTS_PREFIX=${HOSTS_PREFIX:-t$$}
readonly skipped=77 # the exit status that ctest takes for that
. "$root/tools/hosts.sh"

say() { printf '%s: %s\n' "$test_name" "$*"; }

# fail TEXT: ends the test; the logs' tails go along (see end).
fail() {
  printf '%s: FAILED: %s\n' "$test_name" "$*" >&2
  exit 1
}

skip() {
  say "skipped: $*"
  exit "$skipped"
}

# scratch PROGRAM...: $work, and everything cleaned up when the test ends. The programs must be there.
scratch() {
  local program
  ((EUID == 0)) || skip "needs root to make network namespaces"
  for program in "$@"; do [[ -x $program ]] || fail "no $program: build first"; done
  work=$(mktemp -d "${TMPDIR:-/tmp}/smeg-${test_name##*/}.XXXXXX")
  trap end EXIT
  trap 'exit 143' TERM INT HUP
  hosts_down
}

end() {
  local status=$? log pid
  trap - EXIT
  for pid in $(jobs -p); do
    { kill -KILL "$pid" && wait "$pid"; } 2>/dev/null || true
  done
  hosts_down
  if ((status != 0 && status != skipped)); then
    for log in "$work"/*.log; do
      [[ -e $log ]] || continue
      printf -- '---- last lines of %s\n' "$log" >&2
      tail -n "${LOG_TAIL:-40}" "$log" >&2
    done
  fi
  rm -rf "${work:?}"
  exit "$status"
}

# sanitized: whether $SMEGD is built with a sanitizer, which keeps what was freed.
sanitized() { grep -qaE '__(asan|tsan)_init' "$SMEGD"; }

# wait_until SECONDS COMMAND...: until the command succeeds; fails the test after that time. Between two tries it sleeps for
# $WAIT_STEP seconds.
wait_until() {
  local seconds=$1 deadline
  shift
  deadline=$((${EPOCHREALTIME/[.,]/} + seconds * 1000000))
  until "$@" >/dev/null 2>&1; do
    ((${EPOCHREALTIME/[.,]/} < deadline)) || fail "waited $seconds s in vain for: $*"
    sleep "${WAIT_STEP:-0.05}"
  done
}
