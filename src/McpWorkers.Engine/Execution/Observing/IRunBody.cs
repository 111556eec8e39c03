using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Observing;

/// <summary>What a run consists of beside its directory: processes of this machine, or a container's.</summary>
internal interface IRunBody
{
    /// <summary>Its command has ended; once true it stays so. Asked forty times a second: a look at what is known, never a call to elsewhere.</summary>
    bool HasEnded { get; }

    /// <summary>Takes note of what belongs to the run now. Called as often; a caller never waits for it.</summary>
    void Note();

    /// <summary>A limit that the run has exceeded, of those that are watched. Called as often; it measures now and then.</summary>
    LimitReached? Exceeded();

    /// <summary>What it uses now; null where that cannot be told cheaply. Called every few seconds.</summary>
    ExecutionUse? Measure();

    /// <summary>Goes through the plan, then kills what is left; returns when nothing is.</summary>
    /// <exception cref="TimeoutException">Something does not even die when killed.</exception>
    Task StopAsync(StopPlan plan, CancellationToken cancellationToken);

    /// <summary>Kills whatever of the run is left after its command has ended. Returns how many processes there were.</summary>
    /// <exception cref="TimeoutException">Something does not even die when killed.</exception>
    Task<int> ClearAsync();

    /// <summary>What is known of the end beside the files. Called once nothing of the run is left, also of one that ended long ago.</summary>
    Task<BodyEnd> ConcludeAsync();

    /// <summary>Ends what copies the run's growing input to its command.</summary>
    Task EndInputAsync(CancellationToken cancellationToken);
}

/// <param name="ExitCode">As somebody other than the wrapper recorded it, for where the wrapper could not; else null.</param>
/// <param name="Reached">A limit that the kernel kept and that something of the run died of.</param>
/// <param name="Limits">How each limit of the launch was kept.</param>
/// <param name="Notes">For the user; each a sentence.</param>
internal sealed record BodyEnd(int? ExitCode, LimitReached? Reached, IReadOnlyList<HeldLimit> Limits, IReadOnlyList<string> Notes)
{
    public static BodyEnd Nothing { get; } = new(null, null, [], []);
}
