using System.Text;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;

namespace McpWorkers.Tests.Cli;

/// <summary>A launcher without processes: a run says its prompt and ends, or goes on until it is stopped in the way that it obeys.</summary>
internal sealed class ScriptedLauncher(Func<StopPlan?, bool>? endsOn = null) : ILauncher
{
    private int _launched;

    /// <summary>Ends when this many runs go on.</summary>
    public TaskCompletionSource AllRun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Expected { get; init; } = 1;

    public Task<IExecutionHandle> LaunchAsync(CommandLaunch launch, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(launch.RunDirectory);
        foreach (var file in launch.Files)
        {
            File.WriteAllBytes(Path.Combine(launch.RunDirectory, file.Name), file.Content.ToArray());
        }

        File.WriteAllBytes(Path.Combine(launch.RunDirectory, "stdout.ndjson"), ((LaunchInput.Whole)launch.Input).Content.ToArray());

        return Task.FromResult<IExecutionHandle>(new Handle(this, launch, endsOn));
    }

    public Task<IExecutionHandle> AdoptAsync(string runDirectory, CancellationToken cancellationToken) => throw new LaunchException("nothing to adopt");

    private sealed class Handle(ScriptedLauncher owner, CommandLaunch launch, Func<StopPlan?, bool>? endsOn) : IExecutionHandle
    {
        private readonly TaskCompletionSource<StopReason> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool HasEnded => _stopped.Task.IsCompleted;

        public string RunDirectory => launch.RunDirectory;

        public DateTimeOffset Started { get; } = TimeProvider.System.GetUtcNow();

        public async Task<ExecutionEnd> ObserveAsync(IRunReader reader, CancellationToken cancellationToken)
        {
            byte[] prompt = ((LaunchInput.Whole)launch.Input).Content.ToArray();
            reader.Take(new OutputLine { Bytes = prompt, Offset = 0, FullLength = prompt.Length });
            if (Interlocked.Increment(ref owner._launched) == owner.Expected)
            {
                owner.AllRun.SetResult();
            }

            StopReason? stop = endsOn is null ? null : await _stopped.Task.WaitAsync(cancellationToken);
            return new()
            {
                Exit = new ExitStatus.Code(stop is not null ? 130 : Encoding.UTF8.GetString(prompt).Contains("fail", StringComparison.Ordinal) ? 1 : 0),
                Stop = stop,
                Started = Started,
                Duration = TimeSpan.FromSeconds(1.5),
                Output = new(prompt.Length, 0, 1, 0, true),
            };
        }

        public async Task StopAsync(StopReason reason, StopPlan? plan, CancellationToken cancellationToken)
        {
            if (endsOn!(plan))
            {
                _stopped.TrySetResult(reason);
            }

            await _stopped.Task.WaitAsync(cancellationToken);
        }

        public Task WriteInputAsync(ReadOnlyMemory<byte> lines, bool end, CancellationToken cancellationToken) => throw new InvalidOperationException();
    }
}
