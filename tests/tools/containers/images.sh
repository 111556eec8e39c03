# The images, made offline: a root file system each, handed to the engine through its API. Sourced by containers.sh.

image_busybox=localhost/mcpworkers-busybox:1
image_debian=localhost/mcpworkers-debian:1
image_shellless=localhost/mcpworkers-shellless:1
# libstdc++6 is what Node needs beside the C library.
debian_packages="base-files base-passwd bash coreutils dash diffutils findutils git grep gzip hostname libstdc++6 mawk procps sed tar util-linux ca-certificates"

make_image_files() { with_cache_lock make_image_files_alone; }

make_image_files_alone() {
  [[ -s $cache/busybox.tar && -s $cache/shellless.tar ]] || make_busybox
  [[ -s $cache/debian.tar ]] || make_debian
}

# pack FILE DIRECTORY [TAR OPTION…]: the same directory gives the same bytes.
pack() {
  local file=$1 directory=$2
  shift 2
  tar -C "$directory" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner "$@" -cf "$file.part" .
  mv "$file.part" "$file"
}

make_busybox() {
  local work root program applet
  say "Making the images of busybox"
  work=$(mktemp -d "$cache/fetch.XXXXXX")
  download "$work" install --reinstall busybox-static
  dpkg-deb -x "$work"/archives/busybox-static_*.deb "$work/package"
  program=$(find "$work/package" -name busybox -type f -perm -u+x | head -1)
  root=$work/root
  mkdir -p "$root"/{bin,etc,proc,sys,dev,run,root,work,home/worker,usr/bin,var/tmp}
  mkdir -m 1777 "$root/tmp"
  cp "$program" "$root/bin/busybox"
  # "busybox" is in its own list: linked to itself it would be gone.
  for applet in $("$program" --list); do
    [[ $applet == busybox ]] || ln -s busybox "$root/bin/$applet"
  done
  printf 'root:x:0:0:root:/root:/bin/sh\nworker:x:1000:1000:worker:/home/worker:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\nworker:x:1000:\n' >"$root/etc/group"
  chmod 755 "$root"
  pack "$cache/busybox.tar" "$root"
  mkdir -p "$work/bare/bin" "$work/bare"/{proc,sys,dev,tmp,etc}
  cp "$program" "$work/bare/bin/true"
  pack "$cache/shellless.tar" "$work/bare"
  rm -rf "$work"
}

make_debian() {
  local work root package directory
  say "Making the image of Debian"
  work=$(mktemp -d "$cache/fetch.XXXXXX")
  root=$work/root
  : >"$work/status"
  # With an empty status file apt takes nothing for installed and names the whole closure.
  # shellcheck disable=SC2086
  download "$work" -o Dir::State::status="$work/status" install $debian_packages
  # /bin and the like are links before anything is unpacked: dpkg-deb keeps them.
  for directory in bin sbin lib lib64; do
    mkdir -p "$root/usr/$directory"
    ln -s "usr/$directory" "$root/$directory"
  done
  chmod 755 "$root"
  for package in "$work"/archives/*.deb; do
    case ${package##*/} in
      perl_* | perl-modules* | libperl* | liberror-perl* | libgdbm* | git-man_* | apt_* | openssl_*) ;; # git runs without
      *) dpkg-deb -x "$package" "$root" ;;
    esac
  done
  # The little that the packages' scripts would have done.
  [[ -e $root/bin/sh ]] || ln -s dash "$root/bin/sh"
  [[ -e $root/usr/bin/awk ]] || ln -s mawk "$root/usr/bin/awk"
  cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
  cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
  printf 'worker:x:1000:1000:worker:/home/worker:/bin/bash\n' >>"$root/etc/passwd"
  printf 'worker:x:1000:\n' >>"$root/etc/group"
  mkdir -p "$root"/{proc,sys,dev,run,work,home/worker,root,etc,var/tmp}
  chmod 1777 "$root/tmp" "$root/var/tmp"
  ldconfig -r "$root"
  rm -rf "$root/var/cache/ldconfig"
  pack "$cache/debian.tar" "$root" --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' \
    --exclude='./usr/share/info/*' --exclude='./usr/share/lintian/*' --exclude='./usr/share/i18n/*'
  rm -rf "$work"
}

ask() { curl -sS --max-time 60 --unix-socket "$socket" "$@"; }

# load IMAGE FILE [CHANGE…]: changes are lines of a Dockerfile.
load() {
  local image=$1 file=$2 change query= reply id
  shift 2
  [[ $(ask -o /dev/null -w '%{http_code}' "http://engine/images/$image/json") != 200 ]] || return 0
  for change in "$@"; do query+="&changes=$(escape "$change")"; done
  # The status is 200 even where an import fails, and Podman 4 ignores the name here: the answer tells the id, and a second step names it.
  reply=$(ask -X POST -T "$file" -H 'Content-Type: application/x-tar' "http://engine/images/create?fromSrc=-$query")
  id=$(grep -o 'sha256:[0-9a-f]\{64\}' <<<"$reply" | tail -1) || die "Import of $image: $reply"
  [[ $(ask -o /dev/null -w '%{http_code}' -X POST "http://engine/images/$id/tag?repo=${image%:*}&tag=${image##*:}") == 201 ]] || die "$image could not be named."
}

escape() {
  local text=$1 escaped= i
  for ((i = 0; i < ${#text}; i++)); do
    case ${text:i:1} in
      [a-zA-Z0-9/=._-]) escaped+=${text:i:1} ;;
      *) escaped+=$(printf '%%%02X' "'${text:i:1}") ;;
    esac
  done
  printf %s "$escaped"
}

load_images() {
  load "$image_busybox" "$cache/busybox.tar" 'CMD ["/bin/sh"]' 'WORKDIR /work' 'ENV IMAGE_SAYS=busybox'
  load "$image_shellless" "$cache/shellless.tar" 'CMD ["/bin/true"]'
  load "$image_debian" "$cache/debian.tar" 'CMD ["/bin/sh"]' 'WORKDIR /work'
}
