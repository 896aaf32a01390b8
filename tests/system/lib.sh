# Sourced by the system tests. Gives each test hosts in network namespaces (tools/hosts.sh), a scratch folder in $work,
# and daemons that are ended, with everything else, when the test ends. SMEGD and SMEGCTL name the programs.
#
#   . "$(dirname "$0")/lib.sh"
#   begin north east west          # the hosts
#   daemon_start north             # smegd, with the defaults below; waits until it answers
#   ctl north mesh create office   # smegctl on that host
#
# BACKEND in the environment, or BACKEND_north for one host alone, is the `backend` of their configurations.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

declare -A daemon_pid=()

# begin HOST...: the scratch folder and the hosts.
begin() {
  scratch "$SMEGD" "$SMEGCTL"
  hosts_up "$@"
}

socket_of() { printf '%s/%s/smegd.sock' "$work" "$1"; }
log_of() { printf '%s/%s.log' "$work" "$1"; }

# backend_wanted HOST: for its configuration, unless that has a backend among its own lines.
backend_wanted() {
  local name=BACKEND_$1
  printf '%s' "${!name:-${BACKEND:-auto}}"
}

# configure HOST [LINE...]: writes its configuration; LINEs of YAML come on top.
configure() {
  local host=$1
  shift
  mkdir -p "$work/$host"
  {
    printf 'stateDirectory: %s\n' "$work/$host/state"
    printf 'controlSocket: %s\n' "$(socket_of "$host")"
    printf 'interfacePrefix: %s\n' "${host:0:6}"  # /var/run/wireguard is one for all hosts: the names must differ
    printf 'logLevel: debug\n'
    [[ "$*" == *backend:* ]] || printf 'backend: %s\n' "$(backend_wanted "$host")"
    (($# == 0)) || printf '%s\n' "$@"
  } >"$work/$host/configuration.yaml"
}

# daemon_launch HOST: runs smegd there, writing its log to log_of HOST.
daemon_launch() {
  local host=$1
  [[ -e $work/$host/configuration.yaml ]] || configure "$host"
  ip netns exec "$HOSTS_PREFIX-$host" "$SMEGD" --config "$work/$host/configuration.yaml" \
    >>"$(log_of "$host")" 2>&1 </dev/null &
  daemon_pid[$host]=$!
}

# daemon_start HOST: and waits until it answers.
daemon_start() {
  daemon_launch "$1"
  wait_until 15 ctl "$1" mesh list
}

# daemon_signal HOST SIGNAL: sends it and waits until the daemon is gone; returns its exit status.
daemon_signal() {
  local pid=${daemon_pid[$1]} status=0
  kill "-$2" "$pid"
  wait "$pid" 2>/dev/null || status=$?
  unset "daemon_pid[$1]"
  return "$status"
}

# engine_of HOST: the process number of its engine; fails where there is none.
engine_of() {
  local pid found=1
  for pid in $(ip netns pids "$HOSTS_PREFIX-$1"); do
    [[ $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") == *"engine -f ${1:0:6}"[0-9]* ]] || continue
    printf '%s\n' "$pid"
    found=0
  done
  return $found
}

# carrier_of HOST: what carries its packets: its engine's process number, or the number of an interface of the kernel's
# WireGuard; fails where there is neither.
carrier_of() {
  local link
  engine_of "$1" && return
  link=$(on_host "$1" ip -o link show type wireguard) && [[ -n $link ]] && printf 'kernel-%s\n' "${link%%:*}"
}

# ctl HOST ARGUMENT...: smegctl against that host's daemon.
ctl() {
  local host=$1
  shift
  "$SMEGCTL" --socket "$(socket_of "$host")" "$@"
}

# address_of HOST: its address in its one mesh.
address_of() { ctl "$1" -o json mesh show | jq -er '.members[] | select(.self) | .address'; }

# join_all FIRST OTHER...: FIRST creates the mesh "office", the others join with an invite each.
join_all() {
  local first=$1 host token
  shift
  ctl "$first" mesh create office >/dev/null 2>>"$work/operator.log"
  for host in "$@"; do
    token=$(ctl "$first" invite create 2>>"$work/operator.log" | tail -n 1)
    ctl "$host" mesh join "$token" >/dev/null 2>>"$work/operator.log"
  done
}

# sees HOST COUNT: whether it knows that many members that are alive.
sees() { [[ $(ctl "$1" -o json mesh show | jq '[.members[] | select(.state == "alive")] | length') == "$2" ]]; }
