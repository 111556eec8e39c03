namespace McpWorkers.Engine.Execution.Processes;

/// <summary>
/// The small program around every run: it gives the command its files, and records who it is and how the command ended, so that both are
/// known even where nobody was there to wait. Runs in dash, bash and busybox sh.
/// </summary>
internal static class Wrapper
{
    public const string Shell = "/bin/sh";

    /// <summary>Exit code of a wrapper that could not, or must not, start its command.</summary>
    public const int NotStarted = 125;

    // A directory of that name may be another launch's by now, where this wrapper comes late: the one that it was started for has its ticket. Looked at
    // before anything is touched, and once more when it holds the pid file: from then on nobody takes the directory away from it.
    private const string Expect = """
        mcpw_mine() { read -r mcpw_s 2>/dev/null <"$mcpw_d/ticket" && [ "$mcpw_s" = "$mcpw_t" ]; }
        mcpw_mine || exit 125
        """;

    // The files first: else it would hold the caller's pipe or the MCP host's input. `set -C` makes the pid file exclusively: one that is there
    // already (a tombstone) refuses a late start. Descriptor 9 stays open on the exit file, which is overwritten in place: on a full disk a new
    // file could not be written. `trap :` is reset in the command; `trap ''` would be inherited. The umask is the command's own and stays as it
    // is: only what the wrapper makes is for the owner alone. The variables have names that nobody exports: else the command would see ours.
    private const string Identify = """
        set -C
        read -r mcpw_s 2>/dev/null </proc/$$/stat || mcpw_s="$$ $(ps -o lstart= -p $$)"
        (umask 077; echo "$mcpw_s" >"$mcpw_d/pid") 2>/dev/null || exit 125
        mcpw_mine || exit 125
        exec 9<>"$mcpw_d/exit"
        trap : HUP INT QUIT TERM
        """;

    // In the foreground: sh makes background commands ignore SIGINT. The subshell, which becomes the command, goes into the run's cgroups first:
    // one in each line. Those that keep limits carry a plus: without them the command must not begin.
    private const string Run = """
        ([ -z "$mcpw_g" ] || {
          set -f; IFS='
        '
          for mcpw_j in $mcpw_g; do
            case $mcpw_j in
              +*) echo 0 >>"${mcpw_j#+}/cgroup.procs" || { echo "mcpworkers: the run could not be put under its limits" >&2; exit 125; } ;;
              *) { echo 0 >>"$mcpw_j/cgroup.procs"; } 2>/dev/null ;;
            esac
          done
          set +f; unset IFS
        }; exec "$@")
        """;

    // By the clock that nobody sets, the time of the end too, for an observer who comes late.
    public const string Conclude = """
        mcpw_c=$?
        read -r mcpw_s mcpw_u 2>/dev/null </proc/uptime || mcpw_s=
        printf '%-7d\n%-15s\n' "$mcpw_c" "$mcpw_s" >&9
        """;

    /// <summary>Standard input is a file that is there, whole.</summary>
    public const string WholeInput = $"""
        mcpw_d=$1 mcpw_t=$2 mcpw_g=$3; shift 3
        {Expect}
        exec <"$mcpw_d/stdin" >>"$mcpw_d/stdout.ndjson" 2>>"$mcpw_d/stderr.log"
        {Identify}
        {Run} 9>&-
        {Conclude}
        """;

    /// <summary>
    /// Standard input follows a file that grows: a follower copies it into a FIFO that the command reads. Ending the follower, whose id stands
    /// in the file `follower`, is the end of input.
    /// </summary>
    public const string GrowingInput = $"""
        mcpw_d=$1 mcpw_t=$2 mcpw_g=$3; shift 3
        {Expect}
        exec </dev/null >>"$mcpw_d/stdout.ndjson" 2>>"$mcpw_d/stderr.log"
        PATH=$PATH:/usr/bin:/bin mkfifo -m 600 "$mcpw_d/stdin.fifo" || exit 125
        {Identify}
        PATH=$PATH:/usr/bin:/bin tail -n +1 -f "$mcpw_d/stdin.ndjson" >"$mcpw_d/stdin.fifo" 2>/dev/null 9>&- &
        mcpw_f=$!
        (umask 077; echo "$mcpw_f" >"$mcpw_d/follower")
        {Run} <"$mcpw_d/stdin.fifo" 9>&-
        mcpw_c=$?
        kill "$mcpw_f" 2>/dev/null
        (exit $mcpw_c)
        {Conclude}
        """;
}
