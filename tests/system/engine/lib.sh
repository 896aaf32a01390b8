# Sourced by the engine's system tests: two hosts in network namespaces, joined by one cable, and an implementation of
# WireGuard on each. SMEGD names the program under test.
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
#
# A test with another topology begins with `hosts NAME...` and draws its own cables.
. "$(dirname "${BASH_SOURCE[0]}")/../common.sh"

readonly left_wg=wg-left right_wg=wg-right
readonly uapi=/var/run/wireguard
declare -A pid_of=()

begin() {
  hosts left right
  cable left veth0 right veth0
  wire left 1
  wire right 2
}

# hosts NAME...: a namespace for each, its name in a variable of that name, and a pair of keys.
hosts() {
  local host
  umask 077
  scratch "$SMEGD"
  for host in "$@"; do
    space_add "$host"
    wg genkey >"$work/$host.key"
    wg pubkey <"$work/$host.key" >"$work/$host.pub"
  done
  wg genpsk >"$work/psk"
}

# space_add NAME: one namespace more.
space_add() {
  declare -g "$1=$HOSTS_PREFIX-$1"
  ip netns add "${!1}"
  ip -n "${!1}" link set lo up
}

# cable HOST INTERFACE HOST INTERFACE
cable() {
  ip link add "$2" netns "${!1}" type veth peer name "$4" netns "${!3}"
  ip -n "${!1}" link set "$2" up
  ip -n "${!3}" link set "$4" up
}

# wire SIDE NUMBER: the addresses of its end of the cable.
wire() {
  ip -n "${!1}" address add "192.0.2.$2/24" dev veth0
  ip -n "${!1}" address add "2001:db8::$2/64" dev veth0 nodad
}

on() { # on HOST COMMAND...
  local host=$1
  shift
  ip netns exec "${!host}" "$@"
}

wg_of() { printf 'wg-%s' "$1"; } # wg_of HOST: the name of its interface

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
    timeout 20 tail -s 0.05 --pid="$pid" -f /dev/null || ended=0
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
  on "$side" wg set "$interface" private-key "$work/$side.key" "$@"
  ip -n "${!side}" address replace "10.9.0.$number/24" dev "$interface"
  ip -n "${!side}" address replace "fd09::$number/64" dev "$interface" nodad
  ip -n "${!side}" link set "$interface" up
}

# forget_sessions: both sides' interfaces go down, which ends all sessions, and come up again.
forget_sessions() {
  local side number
  for side in left right; do ip -n "${!side}" link set "$(wg_of "$side")" down; done
  for side in left right; do
    number=$([[ $side == left ]] && echo 1 || echo 2)
    ip -n "${!side}" link set "$(wg_of "$side")" up
    ip -n "${!side}" address replace "fd09::$number/64" dev "$(wg_of "$side")" nodad
  done
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
  on "$1" wg show "$(wg_of "$1")" "$2" | awk -v key="$(public_key "$3")" -v column="$4" '$1 == key { print $column }'
}
