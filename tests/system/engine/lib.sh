# Sourced by the engine's system tests: two hosts in network namespaces, joined by one cable, and an implementation of
# WireGuard on each. SMEGD names the program under test. Interfaces and namespaces carry this process's id in their
# names, since /var/run/wireguard is one for all namespaces.
#
#     left ($left)                                        right ($right)
#       veth0 192.0.2.1/24     ==================     veth0 192.0.2.2/24
#             2001:db8::1/64                                2001:db8::2/64
#       $left_wg 10.9.0.1/24   - - - WireGuard - - -  $right_wg 10.9.0.2/24
#                fd09::1/64                                    fd09::2/64
#
#   . "$(dirname "$0")/lib.sh"
#   begin                      # hosts and cable
#   engine_start left          # `smegd engine -f`; or go_start left: wireguard-go
#   engine_start right
#   connect 192.0.2            # keys, peers, inner addresses; or connect 2001:db8:
set -euo pipefail

readonly test_name=engine/$(basename "$0")
readonly root=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../../..")
readonly SMEGD=${SMEGD:-$root/build/release/bin/smegd}
readonly left=e$$-left right=e$$-right left_wg=e$$l right_wg=e$$r
readonly uapi=/var/run/wireguard
readonly skipped=77

declare -A pid_of=()

say() { printf '%s: %s\n' "$test_name" "$*"; }

# fail TEXT: ends the test; the logs go along.
fail() {
  printf '%s: FAILED: %s\n' "$test_name" "$*" >&2
  exit 1
}

begin() {
  if ((EUID != 0)); then
    say "skipped: needs root to make network namespaces"
    exit "$skipped"
  fi
  umask 077
  [[ -x $SMEGD ]] || fail "no $SMEGD: build first"
  work=$(mktemp -d "${TMPDIR:-/tmp}/smeg-engine.XXXXXX")
  trap end EXIT
  trap 'exit 143' TERM INT HUP
  local side
  for side in left right; do
    ip netns add "${!side}"
    ip -n "${!side}" link set lo up
    wg genkey >"$work/$side.key"
    wg pubkey <"$work/$side.key" >"$work/$side.pub"
  done
  wg genpsk >"$work/psk"
  ip link add veth0 netns "$left" type veth peer name veth0 netns "$right"
  wire "$left" 1
  wire "$right" 2
}

# wire NAMESPACE NUMBER: its end of the cable.
wire() {
  ip -n "$1" address add "192.0.2.$2/24" dev veth0
  ip -n "$1" address add "2001:db8::$2/64" dev veth0 nodad
  ip -n "$1" link set veth0 up
}

end() {
  local status=$? space pid log
  trap - EXIT
  for pid in "${pid_of[@]}"; do
    { kill -KILL "$pid" && wait "$pid"; } 2>/dev/null || true
  done
  for space in $(ip netns list 2>/dev/null | awk -v prefix="e$$-" 'index($1, prefix) == 1 { print $1 }'); do
    for pid in $(ip netns pids "$space" 2>/dev/null); do kill -KILL "$pid" 2>/dev/null || true; done
    ip netns delete "$space" 2>/dev/null || true
  done
  rm -f "$uapi/e$$"?.sock
  if ((status != 0 && status != skipped)); then
    for log in "$work"/*.log; do
      [[ -e $log ]] || continue
      printf -- '---- %s\n' "$log" >&2
      tail -n 40 "$log" >&2
    done
  fi
  rm -rf "${work:?}"
  exit "$status"
}

# wait_until SECONDS COMMAND...: until the command succeeds; fails the test after that time.
wait_until() {
  local seconds=$1 deadline
  shift
  deadline=$((${EPOCHREALTIME/[.,]/} + seconds * 1000000))
  until "$@" >/dev/null 2>&1; do
    ((${EPOCHREALTIME/[.,]/} < deadline)) || fail "waited $seconds s in vain for: $*"
    sleep 0.05
  done
}

on() { # on SIDE COMMAND...
  local side=$1
  shift
  ip netns exec "${!side}" "$@"
}

wg_of() { # wg_of SIDE: the name of its interface
  local name=$1_wg
  printf '%s' "${!name}"
}

public_key() { cat "$work/$1.pub"; }

# start SIDE COMMAND...: COMMAND serves the interface of that side in the foreground; returns once it answers.
start() {
  local side=$1
  shift
  LOG_LEVEL=verbose ip netns exec "${!side}" "$@" "$(wg_of "$side")" >>"$work/$side.log" 2>&1 </dev/null &
  pid_of[$side]=$!
  wait_until 15 wg show "$(wg_of "$side")"
}
engine_start() { start "$1" "$SMEGD" engine -f; }
go_start() { start "$1" env WG_PROCESS_FOREGROUND=1 wireguard-go -f; }

# expect_exit SIDE STATUS: the implementation there ends by itself, with that status.
expect_exit() {
  local side=$1 expected=$2 pid=${pid_of[$1]} status=0 ended=1
  { # bash's own words about a killed process are not wanted
    timeout 20 tail --pid="$pid" -f /dev/null || ended=0
    ((ended == 0)) || wait "$pid" || status=$?
  } 2>/dev/null
  ((ended == 1)) || fail "the engine on the $side doesn't end"
  unset "pid_of[$side]"
  ((status == expected)) || fail "the engine on the $side ended with status $status instead of $expected"
}

# set_up SIDE NUMBER [WG-ARGUMENT...]: key, inner addresses, link; the arguments go to `wg set`.
set_up() {
  local side=$1 number=$2 interface
  shift 2
  interface=$(wg_of "$side")
  wg set "$interface" private-key "$work/$side.key" "$@"
  ip -n "${!side}" address replace "10.9.0.$number/24" dev "$interface"
  ip -n "${!side}" address replace "fd09::$number/64" dev "$interface" nodad
  ip -n "${!side}" link set "$interface" up
}

# endpoint OUTER NUMBER PORT: "192.0.2" or "2001:db8:" and the number of the host.
endpoint() {
  case $1 in
    *:) printf '[%s:%s]:%s' "$1" "$2" "$3" ;;
    *) printf '%s.%s:%s' "$1" "$2" "$3" ;;
  esac
}

# connect OUTER: both know each other's endpoint.
connect() {
  set_up left 1 listen-port 51821 peer "$(public_key right)" endpoint "$(endpoint "$1" 2 51822)" \
    allowed-ips 10.9.0.2/32,fd09::2/128
  set_up right 2 listen-port 51822 peer "$(public_key left)" endpoint "$(endpoint "$1" 1 51821)" \
    allowed-ips 10.9.0.1/32,fd09::1/128
}

# pings SIDE ADDRESS [PING-ARGUMENT...]: three in a row come back, none is lost; there is time for a handshake.
pings() {
  local side=$1 address=$2 count
  shift 2
  for count in 1 2 3; do
    on "$side" ping -n -q -c 1 -W 10 "$@" "$address" >>"$work/ping.log" 2>&1 ||
      fail "no answer to ping $count from $side to $address $*"
  done
}

# of_peer SIDE FIELD OTHER COLUMN: a column of `wg show INTERFACE FIELD` in OTHER's row.
of_peer() {
  wg show "$(wg_of "$1")" "$2" | awk -v key="$(public_key "$3")" -v column="$4" '$1 == key { print $column }'
}
