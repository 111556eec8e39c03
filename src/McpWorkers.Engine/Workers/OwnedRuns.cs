using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers;

/// <summary>The run directories of this host, and those of hosts that are gone, which are swept when this one begins its work.</summary>
internal sealed class OwnedRuns(string dataDirectory, ILauncher launcher, AgentCatalog agents, TimeProvider time) : IAsyncDisposable
{
    private const int RunIdDigits = 16;

    /// <summary>What others have left behind must not hold up this host's end: the next host goes on with it.</summary>
    private static readonly TimeSpan SweepPatience = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private OwnerDirectory? _owner;
    private Task _sweep = Task.CompletedTask;

    /// <summary>Made at first use: a host that only answers questions leaves no trace.</summary>
    /// <exception cref="RefusedException">The data directory cannot be written.</exception>
    public OwnerDirectory Owner
    {
        get
        {
            lock (_lock)
            {
                return _owner ??= Begin();
            }
        }
    }

    public static string NewRunId() => "run_" + OwnerDirectory.NewId(RunIdDigits);

    public string DirectoryOf(string runId) => Path.Combine(Owner.RunsPath, runId);

    /// <summary>A page of a settled run's text.</summary>
    public async Task<OutputPage> ReadOutputAsync(string runId, long cursor, int lengthMax, CancellationToken cancellationToken)
    {
        string path = IsRunId(runId) ? Path.Combine(DirectoryOf(runId), RunRecord.OutputFileName) : "";
        if (!File.Exists(path))
        {
            throw new RefusedException(
                RefusalCode.NotFound, $"Run '{runId}' is not known here, or is not over. The run_id is in a result's metadata.");
        }

        string text = await File.ReadAllTextAsync(path, cancellationToken);
        if (cursor < 0 || cursor > text.Length)
        {
            throw Arguments.Invalid($"cursor is {cursor}; allowed are 0 to {text.Length}, the length of the output of run '{runId}'.");
        }

        int start = (int)cursor;
        int end = Math.Min(text.Length, start + lengthMax);
        if (end < text.Length && char.IsHighSurrogate(text[end - 1]))
        {
            end--;
        }

        return new(text[start..end], start, end < text.Length ? end : null, text.Length);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAny(_sweep, Task.Delay(SweepPatience));
        if (_sweep.IsCompleted)
        {
            await _sweep;
        }

        lock (_lock)
        {
            _owner?.Dispose();
        }
    }

    private static bool IsRunId(string runId) =>
        runId.Length == RunIdDigits + 4 && runId.StartsWith("run_", StringComparison.Ordinal) && runId[4..].All(char.IsAsciiHexDigitLower);

    private OwnerDirectory Begin()
    {
        try
        {
            var owner = OwnerDirectory.Create(dataDirectory);
            _sweep = Task.Run(SweepAsync);
            return owner;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException(
                RefusalCode.InvalidSettings,
                $"The data directory '{dataDirectory}' cannot be used: {e.Message} Name another one with --data-dir or the setting data_directory.");
        }
    }

    private async Task SweepAsync()
    {
        foreach (var abandoned in OwnerDirectory.TakeAbandoned(dataDirectory))
        {
            using (abandoned)
            {
                await AbandonedRuns.SettleAsync(abandoned, launcher, agents, time);
                ProcessSweep.KillAllOf(abandoned.Mark);
            }
        }
    }
}
