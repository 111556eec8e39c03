# The engines themselves, as they run inside their namespaces. Sourced by containers.sh.

bring_up() {
  [[ $(id -u) == 0 ]] || die "Only root can start an engine of the tests' own."
  ((${#socket} <= 90)) || die "The socket's path is too long ($socket): name a shorter --state."
  if live_init >/dev/null; then
    say "$engine is up already."
  else
    take_down
    fetch_engine "$engine"
    make_image_files
    mkdir -p "$state"
    chmod 755 "$state"
    start_namespaces
    end_with_owner
  fi
  await_answer
  load_images
}

await_answer() {
  local i
  for ((i = 0; i < 300; i++)); do
    [[ $(ask http://engine/_ping 2>/dev/null || true) != OK ]] || return 0
    live_init >/dev/null || die "The engine ended: $(tail -3 "$state/engine.log")"
    sleep 0.1
  done
  die "No answer on $socket: $(tail -3 "$state/engine.log")"
}

take_down() {
  end_namespaces
  [[ -d $state ]] || return 0
  remove_cgroups
  ! grep -q " $state/" /proc/self/mounts || die "Something is still mounted below $state."
  rm -rf --one-file-system "$state"
}

# Runs as the first process's only child; becomes the engine.
run_engine() {
  local directory
  # The working directory is the engine's: conmon leaves a file there.
  mkdir -p "$state/data"
  cd "$state"
  # In memory: half as long for each container. Images and containers of all tests together stay far below it.
  mount -t tmpfs -o mode=0711,size=2g tmpfs "$state/data"
  ip link set lo up
  for directory in $(fixed_directories); do mount -t tmpfs -o mode=0755 tmpfs "$directory"; done
  unset DOCKER_HOST CONTAINER_HOST
  # What they load goes through a file, which Podman forgets.
  export TMPDIR=$state/tmp
  mkdir -p "$TMPDIR"
  use_unpacked "$engine"
  "run_$engine"
}

# Can an overlay be mounted where the images will lie? Not so where that is an overlay itself.
storage_driver() {
  local at=$state/data/overlay-try
  mkdir -p "$at"/{lower,upper,work,merged}
  if unshare -m --propagation private mount -t overlay overlay -o "lowerdir=$at/lower,upperdir=$at/upper,workdir=$at/work" "$at/merged" 2>/dev/null; then
    echo overlay
  else
    echo vfs
  fi
  rm -rf "$at"
}

run_docker() {
  local driver network=(--bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false)
  # A bridge where the kernel has what it takes; it is in our own network namespace.
  if ip link add bridgetry type bridge 2>/dev/null; then
    ip link del bridgetry
    if iptables -t nat -S >/dev/null 2>&1; then network=(--bip=172.31.255.1/24 --ip6tables=false); fi
  fi
  driver=$(storage_driver)
  [[ $driver == vfs ]] || driver=overlay2
  # Without a file of our own it reads /etc/docker/daemon.json and writes /etc/docker/key.json.
  printf '{ "deprecated-key-path": "%s/key.json" }\n' "$state" >"$state/daemon.json"
  exec dockerd --config-file "$state/daemon.json" --host "unix://$socket" --data-root "$state/data" --exec-root "$state/run" \
    --pidfile "$state/dockerd.pid" --storage-driver "$driver" --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$(cgroup_name)" \
    --userland-proxy=false --init-path "$cache/docker/usr/bin/tini-static" --oom-score-adjust 0 --shutdown-timeout 3 --log-level warn "${network[@]}"
}

run_podman() {
  # crun refuses cgroup v1 with a cgroup2 beside it: the latter is hidden, in our mount namespace only.
  ! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified
  write_podman_settings
  # Its lock is /dev/shm/libpod_lock.
  mount -t tmpfs -o mode=1777 tmpfs /dev/shm
  export HOME=$state/home CONTAINERS_CONF=$state/containers.conf CONTAINERS_STORAGE_CONF=$state/storage.conf CONTAINERS_REGISTRIES_CONF=$state/registries.conf
  exec podman --log-level warn system service --time 0 "unix://$socket"
}

write_podman_settings() {
  local root=$cache/podman files processes
  # It asks for 1048576 of both by itself, and raising a hard limit takes a right that root of a machine in the cloud may lack.
  files=$(ulimit -Hn)
  [[ $files != unlimited ]] && ((files < 16384)) || files=16384
  processes=$(ulimit -Hu)
  [[ $processes != unlimited ]] && ((processes < 32768)) || processes=32768
  mkdir -p "$state/home/.config/containers"
  printf '{ "default": [ { "type": "insecureAcceptAnything" } ] }\n' >"$state/home/.config/containers/policy.json"
  # Docker takes a registry on loopback without TLS by itself.
  printf 'unqualified-search-registries = []\n[[registry]]\nlocation = "127.0.0.1:5000"\ninsecure = true\n' >"$state/registries.conf"
  cat >"$state/containers.conf" <<CONF
[containers]
default_ulimits = ["nofile=$files:$files", "nproc=$processes:$processes"]
log_driver = "k8s-file"
seccomp_profile = "$root/usr/share/containers/seccomp.json"
init_path = "$root/usr/bin/catatonit"
[engine]
cgroup_manager = "cgroupfs"
conmon_path = ["$root/usr/bin/conmon"]
events_logger = "file"
events_logfile_path = "$state/events.log"
helper_binaries_dir = ["$root/usr/lib/podman"]
runtime = "crun"
tmp_dir = "$state/podman-tmp"
[engine.runtimes]
crun = ["$root/usr/bin/crun"]
[network]
network_config_dir = "$state/networks"
CONF
  cat >"$state/storage.conf" <<CONF
[storage]
driver = "$(storage_driver)"
graphroot = "$state/data"
runroot = "$state/run"
CONF
}
