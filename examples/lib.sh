# Sourced by the `run` scripts of the examples: hosts in network namespaces (tools/hosts.sh), each with the smegd of the
# release build and the example's own YAML, which is the same that the containers get. SMEGD, SMEGCTL and SMEG_DNS name other programs.
#
#   . "$(dirname "$(readlink -f "$0")")/../lib.sh"
#   begin "$@" -- north east           # the hosts; draws the topology of the README
#   start north                        # smegd with north.yaml; waits until it answers
#   invite office north 1              # what the init step of the compose file does
#   start east
#   reaches north east office          # pings, by the addresses that both have in those meshes
#   finish north                       # with --once takes everything down, else says how to look around, and waits
#
# Each host has a mount namespace too, with folders of its own at /run and /var/lib: so all of them use the default paths.
set -euo pipefail
readonly here=$(dirname "$(readlink -f "$0")")
readonly root=$(readlink -f "$here/../..")
readonly example=${here##*/}
readonly SMEGD=${SMEGD:-$root/build/release/bin/smegd}
readonly SMEG_DNS=${SMEG_DNS:-${SMEGD%/*}/smeg-dns}
export SMEGCTL=${SMEGCTL:-$root/build/release/bin/smegctl}
readonly folder=/run/smeg-example
HOSTS_PREFIX=smegx
. "$root/tools/packages.sh"
. "$root/tools/hosts.sh"

declare -A pid=()
hosts=()
once=0

heading() { printf '\n== %s\n' "$*"; }

give_up() {
  printf '\nFAILED: %s\n' "$*" >&2
  exit 1
}

# wait_for SECONDS COMMAND...: until it succeeds; fails after that time.
wait_for() {
  local seconds=$1 deadline
  shift
  deadline=$((${EPOCHREALTIME/[.,]/} + seconds * 1000000))
  until "$@" >/dev/null 2>&1; do
    ((${EPOCHREALTIME/[.,]/} < deadline)) || return 1
    sleep 0.1
  done
}

# begin [--once] -- HOST...
begin() {
  while [[ $1 != -- ]]; do
    if [[ $1 != --once ]]; then
      printf 'usage: %s [--once]\nRuns the example %s in network namespaces; with --once only until all pings are answered.\n' "$0" "$example"
      exit 2
    fi
    once=1
    shift
  done
  shift
  hosts=("$@")
  ((EUID == 0)) || give_up "run it as root: it makes network namespaces and tunnels"
  need_packages run
  [[ -x $SMEGD && -x $SMEGCTL && -x $SMEG_DNS ]] || give_up "smegd, smegctl or smeg-dns is not in ${SMEGD%/*}: build first, with \
./quickstart --once or cmake --preset release && ninja -C build/release smegd smegctl smeg-dns"
  exec 9>/run/lock/smeg-example
  flock -n 9 || give_up "another example is up: end it first"
  clear_away
  trap tear_down EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  heading "$example"
  printf '\n'
  sed -n '/^```$/,/^```$/{/^```$/d;p}' "$here/README.md"
  mkdir -p "$folder/invites"
  hosts_up "${hosts[@]}"
}

# Daemons end in an orderly way first, then whatever is left in the namespaces, then these.
tear_down() {
  local status=$? host
  trap - EXIT
  trap '' INT TERM HUP
  [[ -z ${sleeper:-} ]] || kill "$sleeper" 2>/dev/null || true
  for host in "${!pid[@]}"; do kill -TERM "${pid[$host]}" 2>/dev/null || true; done
  for host in "${!pid[@]}"; do wait_for 10 gone "${pid[$host]}" || true; done
  if ((status != 0)); then
    for host in "${hosts[@]}"; do
      [[ -e $folder/$host.log ]] || continue
      printf -- '---- last lines of the log of %s\n' "$host" >&2
      tail -n 30 "$folder/$host.log" >&2
    done
  fi
  clear_away
  exit "$status"
}

clear_away() {
  hosts_down
  rm -rf "$folder"
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# ctl HOST ARGUMENT...: smegctl against the daemon of that host.
ctl() { "$SMEGCTL" --socket "$folder/$1/run/smegmesh/control.sock" "${@:2}"; }

# show HOST ARGUMENT...: the same, shown as a user would type it.
show() {
  printf '\n%s$ smegctl %s\n' "$1" "${*:2}"
  ctl "$@" 2>&1 | sed 's/^/   /'
}

# start HOST...
start() {
  local host
  for host in "$@"; do
    mkdir -p "$folder/$host"/{run/smegmesh,run/wireguard,run/invites,lib}
    ip netns exec "$HOSTS_PREFIX-$host" bash -c '
      mount --bind "${1%/*}/invites" "$1/run/invites" && mount --bind "$1/lib" /var/lib && mount --rbind "$1/run" /run &&
      shift && exec "$@"' - "$folder/$host" "$SMEGD" --config "$here/$host.yaml" >"$folder/$host.log" 2>&1 </dev/null 9>&- &
    pid[$host]=$!
    wait_for 15 ctl "$host" mesh list || give_up "smegd of $host does not answer"
    printf '   %s is up\n' "$host"
  done
}

# invite MESH HOST USES: HOST writes an invite to MESH for so many.
invite() {
  SMEG_SOCKET=$folder/$2/run/smegmesh/control.sock "$root/examples/invite" "$1" "$3" "$folder/invites/$1" ||
    give_up "$2 can't invite to $1"
  printf '   %s invites to %s\n' "$2" "$1"
}

# address_of HOST MESH: fails while HOST isn't in it.
address_of() { ctl "$1" -m "$2" -o json mesh show 2>/dev/null | jq -er '.members[] | select(.self) | .address'; }

# named HOST MESH: waits until it is in the mesh, and gives it its own name there, for tables that are easier to read.
named() {
  local host=$1
  shift
  for mesh in "$@"; do
    wait_for 15 address_of "$host" "$mesh" || give_up "$host does not come into $mesh"
    ctl "$host" -m "$mesh" alias set "$host" >/dev/null
  done
}

ping_once() { on_host "$1" ping -6 -n -q -c 1 -W 1 -I "$2" "$3"; }

# reaches FROM TO MESH [MESH-OF-TO]: both ways.
reaches() {
  local from to
  from=$(address_of "$1" "$3") && to=$(address_of "$2" "${4:-$3}") || give_up "$1 or $2 has no address"
  wait_for 20 ping_once "$1" "$from" "$to" || give_up "$2 does not answer $1"
  wait_for 20 ping_once "$2" "$to" "$from" || give_up "$1 does not answer $2"
  printf '   %-8s <-> %-8s %s\n' "$1" "$2" \
    "$(on_host "$1" ping -6 -n -c 1 -W 2 -I "$from" "$to" | grep -o 'ttl=.*' || echo 'lost one')"
}

# names HOST [OPTION...]: starts its smeg-dns.
names() {
  local host=$1
  ip netns exec "$HOSTS_PREFIX-$host" "$SMEG_DNS" --socket "$folder/$host/run/smegmesh/control.sock" "${@:2}" \
    >"$folder/$host-dns.log" 2>&1 </dev/null 9>&- &
  pid[$host-dns]=$!
  wait_for 15 grep -q 'answers for' "$folder/$host-dns.log" || give_up "smeg-dns of $host does not answer: $(<"$folder/$host-dns.log")"
}

# finds HOST NAME ADDRESS: what its smeg-dns says.
finds() {
  if ! command -v dig >/dev/null; then
    printf '   (there is no dig: install bind9-dnsutils to look names up)\n'
    return
  fi
  printf '\n%s$ dig +short @::1 -p 21953 AAAA %s\n' "$1" "$2"
  is_found() { [[ $(on_host "$1" dig +short +tries=1 +time=2 -p 21953 @::1 AAAA "$2") == "$3" ]]; }
  wait_for 20 is_found "$@" || give_up "$1 does not find $2"
  printf '   %s\n' "$3"
}

# What can be tried while an example is up.
what_next() {
  cat <<TEXT

== Up. ^C ends it and removes everything. In another terminal:

   export SMEG_SOCKET=$folder/$1/run/smegmesh/control.sock       # or another of: ${hosts[*]}
   $SMEGCTL status
   $SMEGCTL route list
   nsenter -t ${pid[$1]} -m -n bash             # a shell on $1

   Logs: $folder/HOST.log. What to look at: $here/README.md
TEXT
}

# finish HOST...: what these hosts say of it; then the end, or a wait for it.
finish() {
  local host
  for host in "$@"; do
    show "$host" status
    show "$host" route list
  done
  if ((once)); then
    heading "All of it answers. Taking it down."
    exit 0
  fi
  what_next "$1"
  trap 'exit 0' INT TERM HUP
  while :; do # signals interrupt a wait, but not a program in the foreground
    sleep 3600 9>&- >/dev/null 2>&1 &
    sleeper=$!
    wait "$sleeper"
  done
}
