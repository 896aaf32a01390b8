# Sourced by the two tests that steer hosts as a script would: by `smegctl -o json` alone, and by curl alone. What both do
# stands here; how a thing is asked for is theirs:
#
#   make HOST MESH              prints the id of the mesh that it makes there
#   invite HOST MESH            prints a token
#   join HOST MESH TOKEN        under that name
#   ask_in HOST MESH ID VIA     asks to be let in, and prints its fingerprint
#   requests HOST MESH          the fingerprints of who asks there, one a line
#   admit HOST MESH FINGERPRINT
#   call_it HOST MESH ALIAS
#   offer HOST MESH SERVICE PORT
#   mesh_state HOST MESH        "active", "joining", ...; fails where there is no such mesh
#   members HOST MESH           the aliases of those that are alive, sorted, in a line
#   address HOST MESH ALIAS
#   chosen HOST PREFIX          the alias of the exit that packets for the prefix take; fails where there is none
#   prefix HOST MESH
#   revoke HOST MESH ALIAS
#   leave HOST MESH
#   meshes HOST                 how many there are
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

export BACKEND=${BACKEND:-userspace}
readonly SMEG_DNS=$(dirname "$SMEGD")/smeg-dns
[[ -x $SMEG_DNS ]] || fail "no $SMEG_DNS: build first"
command -v dig >/dev/null || fail "no dig: install bind9-dnsutils"

# names HOST [ARGUMENT...]: smeg-dns there.
names() {
  local host=$1
  shift
  ip netns exec "$HOSTS_PREFIX-$host" "$SMEG_DNS" --socket "$(socket_of "$host")" "$@" >>"$work/$host-dns.log" 2>&1 &
}

# look_up HOST NAME: its addresses.
look_up() { on_host "$1" dig +short +tries=1 +time=3 -p 21953 @::1 AAAA "$2"; }

# is WANTED COMMAND...: whether that is what the command prints; for wait_until.
is() {
  local wanted=$1
  shift
  [[ $("$@" 2>/dev/null) == "$wanted" ]]
}

# start: the hosts with their daemons; both gates join their meshes to one another.
start() {
  begin left gate1 gate2 right late
  for host in left right late; do daemon_start "$host"; done
  for host in gate1 gate2; do
    configure "$host" 'baseConfiguration: {advertiseRoute: true}'
    daemon_start "$host"
  done
}

# play: all of it, from nothing to nothing.
play() {
  local red blue fingerprint host first other
  red=$(make left red)
  blue=$(make right blue)
  for host in gate1 gate2; do
    join "$host" red "$(invite left red)"
    join "$host" blue "$(invite right blue)"
  done
  # The third member of red has no token: it asks.
  fingerprint=$(ask_in late red "$red" 192.0.2.1)
  wait_until 15 is "$fingerprint" requests left red
  admit left red "$fingerprint"
  wait_until 90 is active mesh_state late red
  say "two meshes, of two bridges and three others; one was let in by its fingerprint"

  for host in left gate1 gate2 late; do call_it "$host" red "$host"; done
  for host in right gate1 gate2; do call_it "$host" blue "$host"; done
  wait_until 15 is "gate1 gate2 late left" members left red
  wait_until 15 is "gate1 gate2 right" members gate1 blue
  offer right blue http 80

  names left
  names gate1 --members
  names gate2 --members
  wait_until 15 is "$(address left red late)" look_up left late.red.smeg
  wait_until 30 is "$(address right blue right)" look_up left "right.$blue.smeg"
  wait_until 5 is "$(address right blue right)" look_up left "right.${blue:0:8}.smeg"
  [[ -z $(look_up left "nobody.$blue.smeg") ]] || fail "somebody is nobody"
  [[ $(on_host gate1 dig +short +tries=1 +time=3 -p 21953 @::1 SRV _http._tcp.right.blue.smeg) == "0 0 80 right.blue.smeg." ]] ||
    fail "the service is not known by DNS at a bridge"
  say "names are found in the mesh and across the bridge"

  reaches() { on_host left ping -6 -q -c 1 -W 1 -I "$(address left red left)" "$(address right blue right)"; }
  wait_until 20 reaches
  first=$(chosen left "$(prefix right blue)")
  [[ $first == gate1 ]] && other=gate2 || other=gate1
  kill -KILL "${daemon_pid[$first]}" $(ip netns pids "$HOSTS_PREFIX-$first") 2>/dev/null || true
  unset "daemon_pid[$first]"
  wait_until 30 is "$other" chosen left "$(prefix right blue)"
  wait_until 10 reaches
  wait_until 10 is "$(address right blue right)" look_up left "right.${blue:0:9}.smeg"
  say "$first died, and packets and questions take $other"

  revoke left red late
  wait_until 15 is standing-down mesh_state late red
  wait_until 15 is "$other left" members left red
  for host in left late "$other"; do leave "$host" red; done
  for host in right "$other"; do leave "$host" blue; done
  for host in left late right "$other"; do
    [[ $(meshes "$host") == 0 ]] || fail "$host is still in a mesh"
    gone() { [[ -z $(on_host "$1" ip -o link show type tun) ]]; }
    wait_until 10 gone "$host"
  done
  say "passed"
}
