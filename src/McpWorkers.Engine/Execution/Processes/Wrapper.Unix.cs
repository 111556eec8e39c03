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

    // The files first: else it would hold the caller's pipe or the MCP host's input. `set -C` makes the pid file exclusively: one that is there
    // already (a tombstone) refuses a late start. Descriptor 9 stays open on the exit file, which is overwritten in place: on a full disk a new
    // file could not be written. `trap :` is reset in the command; `trap ''` would be inherited. The command runs in the foreground: sh makes
    // background ones ignore SIGINT. The umask is the command's own and stays as it is: only what the wrapper makes is for the owner alone.
    private const string Identify = """
        set -C
        read -r s 2>/dev/null </proc/$$/stat || s="$$ $(ps -o lstart= -p $$)"
        (umask 077; echo "$s" >"$d/pid") 2>/dev/null || exit 125
        exec 9<>"$d/exit"
        trap : HUP INT QUIT TERM
        """;

    private const string Conclude = """
        printf '%-7d\n' $? >&9
        """;

    /// <summary>Standard input is a file that is there, whole.</summary>
    public const string WholeInput = $"""
        d=$1; shift
        exec <"$d/stdin" >>"$d/stdout.ndjson" 2>>"$d/stderr.log"
        {Identify}
        "$@" 9>&-
        {Conclude}
        """;

    /// <summary>
    /// Standard input follows a file that grows: a follower copies it into a FIFO that the command reads. Ending the follower, whose id stands
    /// in the file `follower`, is the end of input.
    /// </summary>
    public const string GrowingInput = $"""
        d=$1; shift
        exec </dev/null >>"$d/stdout.ndjson" 2>>"$d/stderr.log"
        PATH=$PATH:/usr/bin:/bin mkfifo -m 600 "$d/stdin.fifo" || exit 125
        {Identify}
        PATH=$PATH:/usr/bin:/bin tail -n +1 -f "$d/stdin.ndjson" >"$d/stdin.fifo" 2>/dev/null 9>&- &
        f=$!
        (umask 077; echo "$f" >"$d/follower")
        "$@" <"$d/stdin.fifo" 9>&-
        c=$?
        kill "$f" 2>/dev/null
        (exit $c)
        {Conclude}
        """;
}
