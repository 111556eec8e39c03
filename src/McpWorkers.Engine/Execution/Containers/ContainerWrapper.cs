using McpWorkers.Engine.Execution.Processes;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>
/// The program around a run in a container, in the words of <see cref="Wrapper"/>. Its arguments are the directory that it shares with us,
/// and whether it removes that at the end. Where the directory is not ours (an engine elsewhere) it waits for its input to be brought, and the
/// output goes the engine's way.
/// </summary>
internal static class ContainerWrapper
{
    public const string Shell = Wrapper.Shell;

    /// <summary>The first sign of life, and the claim: made exclusively, so that a wrapper that comes late does not start its command.</summary>
    public const string StartedFile = "started";

    /// <summary>
    /// Five numbers: kills for lack of memory, and refused processes, before the command and after it; last whether there are processes that
    /// were not there before (0 or 1).
    /// </summary>
    public const string LimitsFile = "limits";

    /// <summary>The last file that is brought to a wrapper that does not see ours.</summary>
    public const string DeliveredFile = "delivered";

    // Descriptor 8 is the engine's stream: with it open in the wrapper alone, the stream's end is the wrapper's end.
    private const string Begin = """
        mcpw_d=$1 mcpw_k=$2; shift 2
        exec 8>&1
        trap : HUP INT QUIT TERM
        mcpw_count() {
          mcpw_v=0
          for mcpw_x in "$1" "$2"; do
            [ -r "$mcpw_x" ] || continue
            while read -r mcpw_y mcpw_z; do [ "$mcpw_y" != "$3" ] || mcpw_v=$mcpw_z; done <"$mcpw_x"
          done
        }
        mcpw_memory() { mcpw_count /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control oom_kill; }
        mcpw_processes() { mcpw_count /sys/fs/cgroup/pids.events /sys/fs/cgroup/pids/pids.events max; }
        """;

    private const string Claim = $$"""
        (set -C; : >"$mcpw_d/{{StartedFile}}") || exit 125
        """;

    private const string Identify = $$"""
        exec 9<>"$mcpw_d/exit" 7>>"$mcpw_d/{{LimitsFile}}"
        mcpw_memory; mcpw_m=$mcpw_v
        mcpw_processes; mcpw_p=$mcpw_v
        mcpw_l=" $(echo /proc/[0-9]*) "
        read -r mcpw_s 2>/dev/null </proc/$$/stat || mcpw_s=$$
        echo "$mcpw_s" >>"$mcpw_d/pid" || exit 125
        """;

    private const string Conclude = $$"""
        mcpw_c=$?
        mcpw_memory; mcpw_m="$mcpw_m $mcpw_v"
        mcpw_processes; mcpw_p="$mcpw_p $mcpw_v"
        mcpw_v=0
        for mcpw_x in /proc/[0-9]*; do
          case $mcpw_l in *" $mcpw_x "*) ;; *) mcpw_v=1 ;; esac
        done
        echo "$mcpw_m $mcpw_p $mcpw_v" >&7
        [ -z "$mcpw_k" ] || rm -rf "$mcpw_d" 2>/dev/null
        (exit $mcpw_c)
        {{Wrapper.Conclude}}
        exit $mcpw_c
        """;

    private const string Blind = $$"""
        mcpw_n=0
        until [ -f "$mcpw_d/{{DeliveredFile}}" ]; do
          mcpw_n=$((mcpw_n + 1))
          [ $mcpw_n -lt 300 ] || exit 125
          sleep 0.2 2>/dev/null || sleep 1
        done
        ("$@") <"$mcpw_d/stdin" 8>&-
        exit $?
        """;

    public const string WholeInput = $$"""
        {{Begin}}
        if [ -f "$mcpw_d/exit" ]; then
        {{Claim}}
        exec <"$mcpw_d/stdin" >>"$mcpw_d/stdout.ndjson" 2>>"$mcpw_d/stderr.log"
        {{Identify}}
        (exec "$@") 7>&- 8>&- 9>&-
        {{Conclude}}
        fi
        {{Blind}}
        """;

    public const string GrowingInput = $$"""
        {{Begin}}
        {{Claim}}
        exec </dev/null >>"$mcpw_d/stdout.ndjson" 2>>"$mcpw_d/stderr.log"
        PATH=$PATH:/usr/bin:/bin mkfifo -m 600 "$mcpw_d/stdin.fifo" || exit 125
        {{Identify}}
        PATH=$PATH:/usr/bin:/bin tail -n +1 -f "$mcpw_d/stdin.ndjson" >"$mcpw_d/stdin.fifo" 2>/dev/null 7>&- 8>&- 9>&- &
        mcpw_f=$!
        echo "$mcpw_f" >"$mcpw_d/follower"
        (exec "$@") <"$mcpw_d/stdin.fifo" 7>&- 8>&- 9>&-
        mcpw_c=$?
        kill "$mcpw_f" 2>/dev/null
        (exit $mcpw_c)
        {{Conclude}}
        """;
}
