using McpWorkers.Engine.Execution.Processes;

namespace McpWorkers.Daemon.Client;

/// <summary>A program of ours that outlives us.</summary>
internal sealed class DetachedProcess
{
    private DetachedProcess()
    {
    }

    public bool HasEnded { get; }

    public static DetachedProcess Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, string logPath)
    {
        string[] variables = [.. environment.Where(v => v.Key is not ("MCPWORKERS_RUN" or "MCPWORKERS_LINEAGE")).Select(v => $"{v.Key}={v.Value}")];
        CommandRunner.RunAsync(
            "/bin/sh",
            ["-c", "cd /; umask 077; log=$1; shift; setsid env -i \"$@\" </dev/null >>\"$log\" 2>&1 &", "sh", logPath, .. variables, .. command],
            TimeSpan.FromSeconds(5)).GetAwaiter().GetResult();
        return new();
    }
}
