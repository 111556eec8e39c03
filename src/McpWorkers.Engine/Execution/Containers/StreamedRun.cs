using System.Text;
using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Execution.Output;
using McpWorkers.Engine.Execution.Processes;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>
/// A run on an engine that does not see our files: its input is brought to it, its output comes by the engine's stream, and what it has
/// written is there and not here.
/// </summary>
internal sealed class StreamedRun(InsideRun inside, RunFiles files, CommandLaunch launch, OutputStream output)
{
    /// <summary>Not a process of ours; but something ran.</summary>
    private const string PidText = "streamed\n";

    public static string Note(IContainerEngine engine) =>
        $"The container engine at {engine.Address} does not see this machine's files: the output was streamed, directories were empty inside, what was written there stays there, and the run could not have been taken up after an end of the host.";

    /// <summary>Has it written down that nobody can take the run up.</summary>
    public LaunchRecord Record(LaunchRecord record)
    {
        if (launch.Input is LaunchInput.Channel)
        {
            throw new LaunchException("The container engine does not see this machine's files, and a command with growing input needs them.");
        }

        var streamed = record with { Container = record.Container! with { SeesFiles = false } };
        string fresh = files.Launch + ".new";
        RunFiles.Create(fresh, streamed.ToJson());
        File.Move(fresh, files.Launch, overwrite: true);
        using var pid = PlainFile.TryOpen(files.Pid, append: true);
        if (pid is not null)
        {
            RandomAccess.Write(pid, Encoding.UTF8.GetBytes(PidText), 0);
        }

        return streamed;
    }

    public async Task DeliverAsync(CancellationToken cancellationToken)
    {
        foreach (var file in launch.Files.Where(file => !file.IsForHost))
        {
            await inside.DeliverAsync(file.Name, file.Content, cancellationToken);
        }

        await inside.DeliverAsync(Path.GetFileName(files.Stdin), ((LaunchInput.Whole)launch.Input).Content, cancellationToken);
        await inside.DeliverAsync(ContainerWrapper.DeliveredFile, ReadOnlyMemory<byte>.Empty, cancellationToken);
    }

    /// <summary>Takes the output of the run's own container until its end.</summary>
    public async Task FollowAsync(IContainerEngine engine)
    {
        output.BeginFiles();
        await engine.FollowAsync(inside.Container, output.Take, CancellationToken.None);
        int? code = await engine.WaitAsync(inside.Container, CancellationToken.None);
        Settle(code);
    }

    /// <summary>Takes the output of a command in a kept container until its end.</summary>
    public async Task SettleAsync(Task<ExecEnd> attached) => Settle((await attached).ExitCode);

    private void Settle(int? code)
    {
        output.Dispose();
        using var exit = RegularFile.TryOpen(files.Exit);
        if (code is { } known && exit is not null)
        {
            RunFiles.WriteExit(exit, known, HostBoot.Uptime);
        }
    }
}
