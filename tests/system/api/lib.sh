# Sourced by the tests of smeg-api: hosts with daemons as in ../lib.sh, and an API beside each.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

readonly SMEG_API=${SMEG_API:-$root/build/release/bin/smeg-api}
[[ -x $SMEG_API ]] || fail "no $SMEG_API: build first"

declare -A api_pid=()

tokens_of() { printf '%s/%s/api-tokens' "$work" "$1"; }

# token HOST SCOPE: makes a token of that scope there, named so, and prints it.
token() { "$SMEGCTL" token create --file "$(tokens_of "$1")" --name "$2" --scope "$2" 2>>"$work/operator.log"; }

# api_start HOST [ARGUMENT...]: smeg-api there, at loopback unless ARGUMENTs say otherwise; waits until it sees the daemon.
api_start() {
  local host=$1
  shift
  ip netns exec "$HOSTS_PREFIX-$host" "$SMEG_API" --socket "$(socket_of "$host")" --tokens "$(tokens_of "$host")" "$@" \
    >>"$work/$host-api.log" 2>&1 </dev/null &
  api_pid[$host]=$!
}

# ask HOST CURL-ARGUMENT...: curl on that host; fails where it gets no response at all.
ask() {
  local host=$1
  shift
  on_host "$host" curl --silent --show-error --max-time 20 "$@"
}

ready() { [[ $(ask "$1" --output /dev/null --write-out '%{http_code}' "http://${2:-127.0.0.1:21911}/readyz") == 200 ]]; }
