# Sourced by ./run: what the virtual machine is made of. All of it lands in $cache and is used again; remove the folder to
# have Debian's newest kernel.

readonly meta_package=linux-image-cloud-amd64  # stands for the package of the newest version

# What those need comes along. The kernel loads modules by itself when it is asked for a device of their kind, so `backend: auto`
# is tested as it is in life.
readonly modules=(act_mirred bridge cls_u32 dummy nf_tables nft_chain_nat nft_ct nft_masq sch_ingress sch_netem tun veth vrf wireguard)

# Beside the applets of busybox: what those lack, or do otherwise than our scripts want it.
readonly programs=(bash ip iperf3 jq nft nsenter perl ping realpath ss tail tc timeout unshare wg wireguard-go)
readonly scripts=(wg-quick)

# kernel_get: the unpacked package of the kernel in $kernel, its modules in $kernel_modules.
kernel_get() {
  local found=("$cache"/linux-image-*)
  if [[ ! -d ${found[0]} ]]; then
    kernel_download
    found=("$cache"/linux-image-*)
  fi
  kernel=${found[0]}
  kernel_modules=$kernel/lib/modules/${kernel##*/linux-image-}
}

kernel_download() {
  local package scratch
  package=$(kernel_package) || { apt-get -q update >&2 || true; package=$(kernel_package); } ||
    fail "apt knows no $meta_package: the tests in the virtual machine need Debian's kernel for amd64"
  say "downloading $package"
  scratch=$(mktemp -d "$cache/download.XXXXXX")
  (cd "$scratch" && apt-get -q -o APT::Sandbox::User=root download "$package" >&2) || {
    rm -rf "$scratch"
    fail "cannot have $package: 'apt-get download $package' must work here once"
  }
  dpkg-deb -x "$scratch"/*.deb "$scratch/$package"
  busybox depmod -b "$scratch/$package" "${package#linux-image-}"
  mv "$scratch/$package" "$cache/"
  rm -rf "$scratch"
}

kernel_package() {
  apt-cache depends "$meta_package" 2>/dev/null |
    awk '$1 == "Depends:" && $2 ~ /^linux-image-[0-9]/ { print $2; found = 1; exit } END { exit !found }'
}

# module_files MODULE...: their files and those of what they need, below $kernel_modules.
module_files() {
  awk -v names="$*" '
    BEGIN { count = split(names, list); for (i = 1; i <= count; ++i) wanted[list[i]] = 1 }
    {
      name = $1
      sub(/\.ko:$/, "", name)
      sub(/.*\//, "", name)
      if (!(name in wanted)) next
      delete wanted[name]
      sub(/:$/, "", $1)
      for (i = 1; i <= NF; ++i) print $i
    }
    END { for (name in wanted) { print "the kernel has no module " name > "/dev/stderr"; exit 1 } }
  ' "$kernel_modules/modules.dep" | sort -u
}

# copy_libraries FOLDER PROGRAM...: the shared libraries that these name, each to its own path below FOLDER.
copy_libraries() {
  local folder=$1
  shift
  ldd "$@" | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\/.*[^:]$/ { print $1 }' | sort -u |
    xargs cp --parents -L -t "$folder"
}

# archive FOLDER: as the kernel unpacks it, to standard output.
archive() { (cd "$1" && find . | busybox cpio -o -H newc 2>/dev/null); }

# system_make FOLDER: everything that is the same for all tests.
system_make() {
  local folder=$1 file
  mkdir -p "$folder"/{bin,dev,etc,proc,root,run,sbin,sys,tmp,usr/bin,var}
  cp "$(type -P busybox)" "$folder/bin/busybox"
  cp "$here/init" "$folder/init"
  type -P "${programs[@]}" | xargs cp -L -t "$folder/usr/bin"
  copy_libraries "$folder" "$folder"/usr/bin/*
  type -P "${scripts[@]}" | xargs cp -L -t "$folder/usr/bin"
  perl -e 'print for grep { m{/perl-base$} } @INC' | xargs cp -r --parents -t "$folder" # of Perl, what Debian always has
  ln -s /usr/bin/bash "$folder/bin/bash"
  ln -s /bin/busybox "$folder/sbin/modprobe"  # what the kernel calls for a module
  ln -s /bin/busybox "$folder/usr/bin/env"    # what scripts begin with
  printf 'root:x:0:0::/root:/bin/bash\n' >"$folder/etc/passwd"
  printf 'root:x:0:\n' >"$folder/etc/group"
  printf '127.0.0.1 localhost\n::1 localhost\n' >"$folder/etc/hosts"
  for file in $(module_files "${modules[@]}") modules.dep modules.alias modules.symbols; do
    install -D -m 644 "$kernel_modules/$file" "$folder/lib/modules/${kernel_modules##*/}/$file"
  done
}

# system_get: its archive in $system.
system_get() {
  local scratch key
  key=$({ cat "$here/image.sh" "$here/init" && stat -L -c '%n %s %Y' $(type -P busybox "${programs[@]}" "${scripts[@]}"); } | sha256sum)
  system=$cache/system-${kernel##*/linux-image-}-${key:0:16}.cpio
  [[ ! -e $system ]] || return 0
  scratch=$(mktemp -d "$cache/system.XXXXXX")
  system_make "$scratch/root"
  archive "$scratch/root" >"$scratch/cpio"
  rm -f "$cache"/system-*.cpio
  mv "$scratch/cpio" "$system"
  rm -rf "$scratch"
}
