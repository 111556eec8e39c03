using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>A run as it is seen from within its container, and what can be done to it from beside it.</summary>
/// <param name="connect">The engine; throws <see cref="EngineException"/>.</param>
/// <param name="container">Its name.</param>
/// <param name="directory">What the wrapper shares with us.</param>
internal sealed class InsideRun(Func<CancellationToken, Task<IContainerEngine>> connect, string container, string directory, string marker, RunFiles files)
{
    private static readonly TimeSpan ExecPatience = TimeSpan.FromSeconds(15);

    // A command that is run beside a run has its container's variables; it must not be taken for a part of the run.
    private static readonly Dictionary<string, string> Unmarked = new() { [RunMarker.Variable] = "", [RunMarker.LineageVariable] = "" };

    public string Container => container;

    public string Directory => directory;

    /// <summary>Sends a signal to all of the run but its wrapper.</summary>
    /// <param name="signal">Null to look only.</param>
    /// <param name="removes">The shared directory goes once nothing is left.</param>
    /// <returns>Whether the wrapper lives, and how many others did.</returns>
    /// <exception cref="EngineException">It cannot be told.</exception>
    public async Task<(bool WrapperLives, int Others)> LookAsync(StopSignal? signal, bool removes, CancellationToken cancellationToken)
    {
        var wrapper = files.ReadPid();
        var (code, output) = await RunAsync(
            InsideScripts.Look,
            [marker, $"{wrapper?.Pid}", wrapper?.Start ?? "", NameOf(signal), removes ? directory : ""],
            cancellationToken);
        string[] words = output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return code == 0 && words.Length >= 2 && int.TryParse(words[^1], out int others)
            ? (words[^2] == "1", others)
            : throw new EngineException(EngineFault.Failed, $"A look into the container '{container}' gave no answer: {output.Trim()}");
    }

    /// <summary>What the whole container uses; null where it does not run.</summary>
    /// <exception cref="EngineException">It cannot be told.</exception>
    public async Task<ContainerUse?> MeasureAsync(CancellationToken cancellationToken) =>
        await (await connect(cancellationToken)).MeasureAsync(container, cancellationToken);

    /// <summary>Ends the wrapper itself, where somebody has halted it.</summary>
    /// <exception cref="EngineException">It could not be done.</exception>
    public Task KillWrapperAsync(CancellationToken cancellationToken) => files.ReadPid() is { } wrapper
        ? RunAsync("""kill -s KILL "$1" """, [$"{wrapper.Pid}"], cancellationToken)
        : Task.CompletedTask;

    /// <summary>Returns when the wrapper is gone.</summary>
    /// <exception cref="EngineException">It cannot be told.</exception>
    public async Task AwaitWrapperAsync(CancellationToken cancellationToken)
    {
        if (files.ReadPid() is { } wrapper)
        {
            await ExecAsync(InsideScripts.Await, [$"{wrapper.Pid}", wrapper.Start], cancellationToken);
        }
    }

    /// <exception cref="EngineException">It could not be done.</exception>
    public Task EndInputAsync(long bytes, CancellationToken cancellationToken) => ExecAsync(InsideScripts.EndInput, [directory, $"{bytes}"], cancellationToken);

    /// <summary>Whether the container shows the very files that we see.</summary>
    /// <exception cref="EngineException">It cannot be told.</exception>
    public async Task<bool> SeesFilesAsync(CancellationToken cancellationToken) => (await RunAsync(InsideScripts.SeesFiles, [directory], cancellationToken)).ExitCode == 0;

    /// <exception cref="EngineException">It could not be done.</exception>
    public Task RemoveDirectoryAsync(CancellationToken cancellationToken) => RunAsync(InsideScripts.Remove, [directory], cancellationToken);

    /// <summary>Brings a file to a container that does not see ours.</summary>
    /// <exception cref="EngineException">It could not be done.</exception>
    public async Task DeliverAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        // As one argument each, which may not be longer than 128 KiB; a byte takes five characters.
        const int Part = 20 * 1024;
        for (int at = 0; at == 0 || at < content.Length; at += Part)
        {
            var part = content.Slice(at, Math.Min(Part, content.Length - at)).ToArray();
            string escaped = string.Concat(part.Select(each => "\\0" + Convert.ToString(each, 8).PadLeft(3, '0')));
            var (code, output) = await RunAsync(InsideScripts.Deliver, [directory, name, escaped], cancellationToken);
            // Without one the container has ended meanwhile: with the last file its command begins, and may be over at once.
            if (code is not (null or 0))
            {
                throw new EngineException(EngineFault.Failed, $"'{name}' could not be brought into the container: {output.Trim()}");
            }
        }
    }

    private async Task<(int? ExitCode, string Output)> RunAsync(string script, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ExecPatience);
        try
        {
            return await ExecAsync(script, arguments, limit.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EngineException(EngineFault.Failed, $"A command beside a run in '{container}' did not end within {ExecPatience.TotalSeconds} s.", e);
        }
    }

    private async Task<(int? ExitCode, string Output)> ExecAsync(string script, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var said = new SaidText();
        var engine = await connect(cancellationToken);
        var exec = new ExecCreation { Command = [ContainerWrapper.Shell, "-c", script, "mcpworkers", .. arguments], Environment = Unmarked };
        var end = await engine.ExecAsync(container, exec, said.Take, cancellationToken);
        return (end.ExitCode, said.Text);
    }

    private static string NameOf(StopSignal? signal) => signal switch
    {
        null => "0",
        StopSignal.Interrupt => "INT",
        StopSignal.Terminate => "TERM",
        StopSignal.Kill => "KILL",
        _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, null),
    };
}
