# Sourced by ./check and ./quickstart: installs Debian packages of tools/packages, if they are missing.

# need_packages GROUP...: the groups' packages are there afterwards, or the script has ended with a reason.
need_packages() {
  local list group rest missing=() package
  list=$(dirname "${BASH_SOURCE[0]}")/packages
  if ! command -v dpkg-query >/dev/null; then
    echo "This script installs Debian packages, and this is no Debian. Needed: the packages in tools/packages." >&2
    exit 1
  fi
  while read -r group rest; do
    [[ " $* " == *" $group "* ]] || continue
    for package in ${rest%%#*}; do
      dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
  done <"$list"
  ((${#missing[@]})) || return 0
  install_packages "${missing[@]}"
}

install_packages() {
  if ((EUID != 0)); then
    printf 'Missing packages: %s\nRun this as root, or install them: apt-get install %s\n' "$*" "$*" >&2
    exit 1
  fi
  echo "== Installing $# packages: $*"
  export DEBIAN_FRONTEND=noninteractive
  local apt=(apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3) log
  log=$(mktemp)
  # The lists may be there already, and a source that has nothing to do with us may be out of reach: only what
  # apt-get install says counts.
  "${apt[@]}" update >"$log" 2>&1 </dev/null || true
  if "${apt[@]}" install --no-install-recommends "$@" >>"$log" 2>&1 </dev/null; then
    rm -f "$log"
    return 0
  fi
  tail -n 30 "$log" >&2
  . /etc/os-release
  echo "Could not install the packages above. smegmesh is built on Debian 12; this is ${PRETTY_NAME:-unknown}." >&2
  echo "The whole output is in $log" >&2
  exit 1
}
