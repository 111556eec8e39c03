#!/usr/bin/env bash
# A container engine of the tests' own: real Docker or real Podman, private, and gone without a trace afterwards.
set -euo pipefail
umask 022
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
project=$(cd "$here/../.." && pwd -P)
command= engine= state= cache= owner= socket=

usage() {
  cat <<'TEXT'
containers.sh COMMAND [docker|podman] [--state DIR] [--cache DIR] [--owner PID]

  up ENGINE       starts the engine with the images in it, fetching what is missing; its address (unix://…) is all there is on standard output
  down ENGINE     ends the engine with all its containers, and removes the state directory
  status ENGINE   its address and exit code 0 while it is up, else 3
  fetch [ENGINE]  fetches what is missing of both engines (or one) and makes the images' files, so that a later start is quick
  images          puts the images into the engine that DOCKER_HOST names (unix://…)

  --state DIR     where its socket and data are [.tools/containers/ENGINE of the project]; a socket's path has room for 90 characters
  --cache DIR     packages and images, kept [.tools/containers/cache of the project]
  --owner PID     the engine is ended when this process is gone

Images: localhost/mcpworkers-busybox:1 (2 MB), localhost/mcpworkers-debian:1 (100 MB: bash, git, coreutils, procps; what Node needs),
localhost/mcpworkers-shellless:1 (a program and no sh). The first two have a user 'worker' (1000).

Needs root, Linux with namespaces, and for what is missing apt with working sources. Nothing is installed: packages are unpacked into the cache.
TEXT
}

say() { printf 'containers.sh: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

for part in packages images namespaces engine; do
  # shellcheck source=/dev/null
  source "$here/containers/$part.sh"
done

while (($#)); do
  case $1 in
    --state | --cache | --owner) (($# > 1)) || die "$1 needs a value."; printf -v "${1#--}" %s "$2"; shift ;;
    -h | --help) usage; exit 0 ;;
    docker | podman) engine=$1 ;;
    up | down | status | fetch | images | inside | attend) command=$1 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
case $command in
  '') usage >&2; exit 2 ;;
  up | down | status) [[ -n $engine ]] || die "Which engine: docker or podman?" ;;
esac

cache=$(readlink -m "${cache:-$project/.tools/containers/cache}")
state=$(readlink -m "${state:-$project/.tools/containers/${engine:-none}}")
socket=$state/engine.sock
mkdir -p "$cache"

# One of us at a time in a state directory; those that fetch exclude one another by the cache's own lock.
[[ $command != up && $command != down ]] || { mkdir -p "$(dirname "$state")"; exec 9>"$state.lock"; flock -w 120 9 || die "Another start or end of $state does not come to its end."; }

case $command in
  up) bring_up && echo "unix://$socket" ;;
  down) take_down ;;
  status) live_init >/dev/null || exit 3; echo "unix://$socket" ;;
  fetch) for each in ${engine:-docker podman}; do fetch_engine "$each"; done; make_image_files ;;
  images)
    socket=${DOCKER_HOST-}
    socket=${socket#unix://}
    [[ -S $socket ]] || die "DOCKER_HOST=unix://… must name a socket."
    make_image_files
    load_images
    ;;
  inside) run_engine ;;
  attend) attend_owner ;;
esac
