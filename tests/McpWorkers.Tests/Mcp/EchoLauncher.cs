using System.Text;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;

namespace McpWorkers.Tests.Mcp;

/// <summary>
/// Plays <see cref="EchoAgent"/> inside the test. Lines of the prompt are said as they are, but for <c>!hold</c> (waits for
/// <see cref="Release"/>), <c>!exit N</c> and <c>!long N</c> (N characters).
/// </summary>
internal sealed class EchoLauncher : ILauncher
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _released.TrySetResult();

    public async Task<IExecutionHandle> LaunchAsync(CommandLaunch launch, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(launch.RunDirectory);
        foreach (var file in launch.Files)
        {
            await File.WriteAllBytesAsync(Path.Combine(launch.RunDirectory, file.Name), file.Content.ToArray(), cancellationToken);
        }

        string prompt = Encoding.UTF8.GetString(((LaunchInput.Whole)launch.Input).Content.Span);
        await File.WriteAllTextAsync(Path.Combine(launch.RunDirectory, "stdout.ndjson"), prompt + "\n", cancellationToken);
        return new Handle(launch.RunDirectory, prompt, _released.Task);
    }

    public Task<IExecutionHandle> AdoptAsync(string runDirectory, CancellationToken cancellationToken) => throw new LaunchException("Nothing to adopt.");

    private sealed class Handle(string runDirectory, string prompt, Task released) : IExecutionHandle
    {
        private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly long _begun = TimeProvider.System.GetTimestamp();
        private StopReason? _stop;

        public bool HasEnded => _stopped.Task.IsCompleted;

        public string RunDirectory => runDirectory;

        public DateTimeOffset Started { get; } = TimeProvider.System.GetUtcNow();

        public async Task<ExecutionEnd> ObserveAsync(IRunReader reader, CancellationToken cancellationToken)
        {
            int exit = 0;
            int said = 0;
            foreach (string line in prompt.Split('\n'))
            {
                string[] words = line.Split(' ');
                if (words[0] == "!hold")
                {
                    await Task.WhenAny(released, _stopped.Task).WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
                }
                else if (words[0] == "!exit")
                {
                    exit = int.Parse(words[1], null);
                }
                else
                {
                    string text = words[0] == "!long" ? string.Concat(Enumerable.Range(0, int.Parse(words[1], null)).Select(i => (char)('a' + (i % 26)))) : line;
                    byte[] bytes = Encoding.UTF8.GetBytes(">" + text);
                    await File.AppendAllBytesAsync(Path.Combine(runDirectory, "stdout.ndjson"), [.. bytes, (byte)'\n'], cancellationToken);
                    reader.Take(new OutputLine { Bytes = bytes, Offset = said, FullLength = bytes.Length });
                    said += bytes.Length + 1;
                }

                if (_stop is not null)
                {
                    break;
                }
            }

            return new()
            {
                Exit = new ExitStatus.Code(_stop is null ? exit : 143),
                Stop = _stop,
                Started = Started,
                Duration = TimeProvider.System.GetElapsedTime(_begun),
                Output = new(said, 0, 1, 0, false),
            };
        }

        public Task StopAsync(StopReason reason, StopPlan? plan, CancellationToken cancellationToken)
        {
            _stop ??= reason;
            _stopped.TrySetResult();
            return Task.CompletedTask;
        }

        public Task WriteInputAsync(ReadOnlyMemory<byte> lines, bool end, CancellationToken cancellationToken) => throw new InvalidOperationException();
    }
}
