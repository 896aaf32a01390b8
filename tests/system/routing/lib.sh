# Sourced by the tests of routes between meshes.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

export BACKEND=${BACKEND:-userspace}

# bridge_host HOST [LINE...]: configures a host that joins its meshes to one another.
bridge_host() {
  local host=$1
  shift
  configure "$host" 'baseConfiguration: {advertiseRoute: true}' "$@"
}

# make_mesh MESH FIRST OTHER...: FIRST creates it, the others join it, all call it MESH.
make_mesh() {
  local mesh=$1 first=$2 host token
  shift 2
  ctl "$first" mesh create "$mesh" >/dev/null 2>>"$work/operator.log"
  for host in "$@"; do
    token=$(ctl "$first" -m "$mesh" invite create 2>>"$work/operator.log" | tail -n 1)
    ctl "$host" mesh join --name "$mesh" "$token" >/dev/null 2>>"$work/operator.log"
  done
}

# address_in MESH HOST
address_in() { ctl "$2" -m "$1" -o json mesh show | jq -er '.members[] | select(.self) | .address'; }

# pings HOST FROM TO: one packet with that source.
pings() { on_host "$1" ping -6 -q -c 1 -W 1 -I "$2" "$3" >/dev/null; }

# ping_begin HOST FROM TO [INTERVAL]: in the background, numbered, its output to ping_log; ping_end prints how many were
# lost in a row at the most, and how many altogether.
ping_begin() {
  ping_log=$work/ping.$1.log
  ip netns exec "$HOSTS_PREFIX-$1" ping -6 -n -i "${4:-0.05}" -I "$2" "$3" >"$ping_log" 2>&1 &
  ping_pid=$!
}
ping_end() {
  kill -INT "$ping_pid"
  wait "$ping_pid" 2>/dev/null || true
  awk '/icmp_seq=/ { match($0, /icmp_seq=[0-9]+/); n = substr($0, RSTART + 9, RLENGTH - 9) + 0; seen[n] = 1; if (n > top) top = n }
       END { for (i = 1; i <= top; i++) { if (seen[i]) { gap = 0 } else { lost++; if (++gap > worst) worst = gap } }
             printf "%d %d %d\n", worst, lost, top }' "$ping_log"
}

# hops HOST DESTINATION: bridges on the way that its packets take; "none" where there is no way.
hops() {
  ctl "$1" -o json route explain "$2" | jq -r '[.route.exits[]? | select(.state == "chosen") | .hops][0] // "none"'
}
