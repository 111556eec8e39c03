using McpWorkers.Engine.Model;

namespace McpWorkers.Cli;

/// <summary>The exit codes that are documented, and the one decision between them.</summary>
internal static class ExitCodes
{
    public const int Success = 0;
    public const int RunFailed = 1;

    /// <summary>The command line or the settings are wrong, or the request was refused: nothing was run.</summary>
    public const int Usage = 2;

    /// <summary>As of a service's status: the daemon does not run.</summary>
    public const int NotRunning = 3;

    /// <summary>A workspace was not merged, or would not be: a conflict, a check that failed, a target that must not move.</summary>
    public const int NotMerged = 4;

    /// <summary>As of <c>timeout(1)</c>.</summary>
    public const int Timeout = 124;

    /// <summary>128 + SIGINT, as of a shell.</summary>
    public const int Interrupted = 130;

    /// <summary>
    /// Interrupted wins over all; then a run that failed or was cancelled, because more time would not mend it; then a time-out.
    /// </summary>
    public static int Of(IEnumerable<WorkerStatus> statuses, bool interrupted)
    {
        WorkerStatus[] all = [.. statuses];
        return interrupted ? Interrupted
            : all.Any(status => status is not (WorkerStatus.Completed or WorkerStatus.Timeout)) ? RunFailed
            : all.Contains(WorkerStatus.Timeout) ? Timeout
            : Success;
    }
}
