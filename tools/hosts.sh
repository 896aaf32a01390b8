# Sourced by ./quickstart and the system tests: hosts that are network namespaces, all on one bridge. The bridge has a
# namespace too, so that nothing of the machine's own network is touched. HOSTS_PREFIX keeps users of this apart.
#
#     PREFIX-north    PREFIX-east    PREFIX-west
#       192.0.2.1      192.0.2.2      192.0.2.3      (documentation addresses, RFC 5737)
#           |              |              |
#     ======+==============+==============+========  bridge in PREFIX-switch, 192.0.2.254

# hosts_up NAME...: the namespaces, on the bridge, in the order named.
hosts_up() {
  local switch=$HOSTS_PREFIX-switch name number=0
  ip netns add "$switch"
  ip -n "$switch" link add bridge type bridge forward_delay 0 mcast_snooping 0
  ip -n "$switch" address add 192.0.2.254/24 dev bridge
  ip -n "$switch" link set bridge up
  for name in "$@"; do
    number=$((number + 1))
    host_up "$name" "$number"
  done
}

# host_up NAME NUMBER: one host more on the bridge, at 192.0.2.NUMBER.
host_up() {
  local switch=$HOSTS_PREFIX-switch host=$HOSTS_PREFIX-$1 number=$2
  ip netns add "$host"
  ip -n "$host" link set lo up
  ip link add eth0 netns "$host" type veth peer name "port$number" netns "$switch"
  ip -n "$switch" link set "port$number" master bridge up
  ip -n "$host" address add "192.0.2.$number/24" dev eth0
  ip -n "$host" link set eth0 up
  ip -n "$host" route add default via 192.0.2.254
}

# on_host NAME COMMAND...
on_host() {
  local host=$HOSTS_PREFIX-$1
  shift
  ip netns exec "$host" "$@"
}

# hosts_down: ends what runs in the namespaces and removes them; also what a crashed run left behind.
hosts_down() {
  local entry host pid
  for entry in /run/netns/"$HOSTS_PREFIX"-*; do
    [[ -e $entry ]] || continue
    host=${entry##*/}
    for pid in $(ip netns pids "$host" 2>/dev/null); do
      kill -KILL "$pid" 2>/dev/null || true
    done
    ip netns delete "$host" 2>/dev/null || rm -f "$entry"
  done
}
