# The engine's own world: its processes, mounts and network are in namespaces of its own, so nothing of it is seen on the machine, nothing
# outlives its first process, and there is one process to end. Sourced by containers.sh.

# Directories that the engines insist on. Each gets a private one over it, so that a real engine of the machine is neither met nor changed.
# They are left behind, empty: to remove one takes away what another engine of the tests has mounted over it.
fixed_directories() {
  case $engine in
    docker) echo /run/containerd /run/docker /opt/containerd ;;
    podman) echo /run/containers /run/libpod /run/netns /run/crun ;;
  esac
}

# Ours in each hierarchy of cgroups.
cgroup_name() { printf 'testengine-%s' "$(printf %s "$state" | cksum | cut -d' ' -f1)"; }

# Field 22; a name before it may hold blanks.
start_time() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# Whether process $1 is the one that started at $2.
lives() { [[ -n $2 && $(start_time "$1") == "$2" ]]; }

# The engine's first process, if the very one that was started still lives.
live_init() {
  local pid started
  [[ -r $state/init ]] || return 1
  read -r pid started <"$state/init" || return 1
  lives "$pid" "$started" || return 1
  echo "$pid"
}

# Starts this script's command 'inside' there, under tini as the first process.
start_namespaces() {
  local outer init= tini=$cache/$engine/usr/bin/tini-static i
  # shellcheck disable=SC2046
  mkdir -p $(fixed_directories)
  setsid unshare --mount --propagation slave --pid --fork --kill-child --mount-proc --net \
    "$tini" -- bash "$here/containers.sh" inside "$engine" --state "$state" --cache "$cache" </dev/null >"$state/engine.log" 2>&1 9>&- &
  outer=$!
  for ((i = 0; i < 200; i++)); do
    init=$(cat "/proc/$outer/task/$outer/children" 2>/dev/null || true)
    init=${init%% *}
    [[ -n $init && $(readlink "/proc/$init/exe" 2>/dev/null) == "$(readlink -f "$tini")" ]] && break
    kill -0 "$outer" 2>/dev/null || die "The engine did not start: $(tail -3 "$state/engine.log")"
    sleep 0.05
  done
  [[ -n $init ]] || { kill -KILL "$outer"; die "The engine has no first process."; }
  echo "$init $(start_time "$init")" >"$state/init"
}

# Its first process takes all others of its namespace along: engine, shims, containers.
end_namespaces() {
  local pid i
  pid=$(live_init) || return 0
  kill -TERM "$pid" 2>/dev/null || true
  for ((i = 0; i < 60; i++)); do
    live_init >/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
  for ((i = 0; i < 50; i++)); do
    live_init >/dev/null || return 0
    sleep 0.1
  done
  die "Process $pid does not end."
}

# Deepest first. Podman's parent directory has a fixed name: there the ids of its containers tell which are ours.
remove_cgroups() {
  local name
  for name in "$(cgroup_name)" $(cd "$state/run" 2>/dev/null && find . -mindepth 2 -maxdepth 2 -path './*-containers/*' -type d -printf '%f\n'); do
    find /sys/fs/cgroup -depth -type d -path "*/*$name*" -exec rmdir {} + 2>/dev/null || true
  done
}

# Whoever asked for the engine may be killed before it can end it, and all of its process group with it.
end_with_owner() {
  [[ -n $owner ]] || return 0
  [[ -n $(start_time "$owner") ]] || die "There is no process $owner."
  setsid bash "$here/containers.sh" attend "$engine" --state "$state" --cache "$cache" --owner "$owner" </dev/null >/dev/null 2>&1 9>&- &
  disown
}

# Waits for the end of the owner, and ends the engine then.
attend_owner() {
  local began pid started
  began=$(start_time "$owner")
  read -r pid started <"$state/init" || return 0
  while lives "$owner" "$began"; do
    lives "$pid" "$started" || return 0
    sleep 1
  done
  [[ ! -d $state ]] || bash "$here/containers.sh" down "$engine" --state "$state" --cache "$cache" || true
  # Whoever tidied up may have taken the state directory along, by which it is found.
  ! lives "$pid" "$started" || kill -KILL "$pid"
}
