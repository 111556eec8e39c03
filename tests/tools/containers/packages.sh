# What the engines are made of. Packages are unpacked below the cache, never installed: no service, user or dpkg state comes of it.
# Sourced by containers.sh.

docker_packages="docker.io containerd runc tini iptables"
podman_packages="podman conmon crun catatonit netavark golang-github-containers-common golang-github-containers-image tini"

# Those who fetch into one cache do it one after the other.
with_cache_lock() {
  (
    flock -w 300 7 || die "Another fetch into $cache does not come to its end."
    "$@"
  ) 7>"$cache/lock"
}

apt_log() { sed -E 's#[a-z]+://[^ ]+#(mirror)#g' >>"$cache/apt.log"; }

# download DIRECTORY ARGUMENT…: the packages that apt would install, as files in DIRECTORY/archives.
download() {
  local directory=$1 options
  shift
  mkdir -p "$directory/archives/partial"
  options=(-q -y -d -o APT::Sandbox::User=root -o Debug::NoLocking=1 -o Dir::Cache::archives="$directory/archives"
    -o APT::Install-Recommends=0 -o APT::Install-Suggests=0)
  command -v apt-get >/dev/null || die "apt-get is missing: the engines come from packages of Debian or Ubuntu."
  apt-get "${options[@]}" "$@" 2>&1 | apt_log && return 0
  say "apt-get failed; its lists are refreshed once."
  apt-get -q -o APT::Sandbox::User=root update 2>&1 | apt_log || true
  apt-get "${options[@]}" "$@" 2>&1 | apt_log || { tail -3 "$cache/apt.log" >&2; die "apt-get could not fetch: $*"; }
}

# unpack ENGINE PACKAGE…: with the libraries that this machine lacks, into $cache/ENGINE.
unpack() {
  local target=$cache/$1 work package
  shift
  work=$(mktemp -d "$cache/fetch.XXXXXX")
  # Reinstalling: also what this machine has installed is wanted as a file. Only the libraries come from the machine.
  download "$work" install --reinstall "$@"
  mkdir "$work/root"
  for package in "$work"/archives/*.deb; do dpkg-deb -x "$package" "$work/root"; done
  # The package's own script would have made this link.
  [[ ! -e $work/root/usr/sbin/xtables-nft-multi || -e $work/root/usr/sbin/iptables ]] || ln -s xtables-nft-multi "$work/root/usr/sbin/iptables"
  rm -rf "$target"
  mv "$work/root" "$target"
  rm -rf "$work"
}

fetch_engine() { with_cache_lock fetch_engine_alone "$1"; }

fetch_engine_alone() {
  local wanted packages=${1}_packages
  wanted="${!packages} $(uname -m) $(sed -n 's/^VERSION_ID=//p' /etc/os-release)"
  [[ $(cat "$cache/$1.fetched" 2>/dev/null) != "$wanted" ]] || return 0
  say "Fetching $1"
  # shellcheck disable=SC2086
  unpack "$1" ${!packages}
  printf '%s\n' "$wanted" >"$cache/$1.fetched"
}

# Programs and libraries of the unpacked engine, before those of this machine.
use_unpacked() {
  local root=$cache/$1 libraries
  libraries=$(printf '%s:' "$root"/usr/lib/*-linux-gnu "$root"/lib/*-linux-gnu)
  export PATH=$root/usr/bin:$root/usr/sbin:$root/sbin:$root/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  export LD_LIBRARY_PATH=$libraries
  libraries=$(printf '%s\n' "$root"/usr/lib/*-linux-gnu/xtables | head -1)
  [[ ! -d $libraries ]] || export XTABLES_LIBDIR=$libraries
}
