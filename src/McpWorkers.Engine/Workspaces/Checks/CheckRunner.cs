using System.Text;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Output;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workspaces.Checks;

/// <summary>
/// Runs commands for the shell that judge a piece of work. Each is a run like an agent's: over a directory of its own, in a session of its
/// own, and found again by the next host where this one dies.
/// </summary>
internal sealed class CheckRunner(ILauncher launcher, TimeProvider time)
{
    private const int OutputCharactersMax = 4_000;

    /// <summary>Enough for that many characters of any length.</summary>
    private const int OutputBytesMax = 4 * OutputCharactersMax;

    /// <summary>More launches that never came to run than this in one place are a fault of the place.</summary>
    private const int DirectoriesMax = 20;

    // The outer shell only joins the two outputs, so that they are read in the order in which they were written; the command is an argument.
    private const string Join = "exec /bin/sh -c \"$1\" 2>&1";

    /// <summary>Runs to the end, whatever that is. A command that cannot be started is a result too, without an exit code.</summary>
    /// <param name="leaving">The host goes and leaves the command running: throws.</param>
    /// <param name="cancellationToken">Stops the command with all its processes: throws.</param>
    public async Task<CheckResult> RunAsync(CheckOrder order, CancellationToken leaving, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        leaving.ThrowIfCancellationRequested();
        long begun = time.GetTimestamp();
        IExecutionHandle handle;
        try
        {
            handle = await FindOrLaunchAsync(order);
        }
        catch (LaunchException e)
        {
            return new(order.Command, null, time.GetElapsedTime(begun).TotalSeconds, VisibleText.Of(e.Message));
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, leaving);
        try
        {
            var end = await handle.ObserveAsync(new Unread(), either.Token);
            return Judge(order, handle.RunDirectory, end);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await handle.StopAsync(new(StopKind.Cancelled, "the check was cancelled"), null, CancellationToken.None);
            throw;
        }
        catch (Exception) when (!either.IsCancellationRequested)
        {
            // A fault of ours: nobody would look after it from here on.
            await handle.StopAsync(new(StopKind.OwnerEnded, "an internal fault of the host"), StopPlan.KillNow, CancellationToken.None);
            throw;
        }
    }

    private static CheckResult Judge(CheckOrder order, string directory, ExecutionEnd end)
    {
        string output = Tail(Path.Combine(directory, "stdout.ndjson"));
        int? code = end.Stop is null && end.Exit is ExitStatus.Code(var value) ? value : null;
        string why = end.Stop is { } stop ? $"[stopped: {stop.Detail}]" : code is null ? "[it is not known how it ended]" : "";

        // The wrapper's own words, such as of a command that a signal ended; the command's went the other way.
        string wrapper = end.Stop is null ? VisibleText.Of(end.StderrTail).Trim('\n') : "";
        string said = string.Join('\n', ((string[])[output, wrapper, why]).Where(part => part.Length > 0));
        return new(order.Command, code, end.Duration.TotalSeconds, End(said));
    }

    private static string Tail(string path)
    {
        using var file = RegularFile.TryOpen(path);
        var bytes = RegularFile.ReadEnd(file, OutputBytesMax);
        int first = 0;
        while (bytes.Length == OutputBytesMax && first < bytes.Length && (bytes[first] & 0xC0) == 0x80)
        {
            // The rest of a character whose beginning was cut off.
            first++;
        }

        return VisibleText.Of(Encoding.UTF8.GetString(bytes[first..])).TrimEnd('\n');
    }

    private static string End(string text)
    {
        if (text.Length <= OutputCharactersMax)
        {
            return text;
        }

        int first = text.Length - OutputCharactersMax + 1;
        return "…" + text[(char.IsLowSurrogate(text[first]) ? first + 1 : first)..];
    }

    private async Task<IExecutionHandle> FindOrLaunchAsync(CheckOrder order)
    {
        string directory = order.RunDirectory;
        for (int next = 2; Directory.Exists(directory); next++)
        {
            try
            {
                return await launcher.AdoptAsync(directory, CancellationToken.None);
            }
            catch (LaunchException) when (next <= DirectoriesMax)
            {
                // A launch that never came to run. It stays where it is: a wrapper that comes late must find that it is not wanted any more.
                directory = $"{order.RunDirectory}-{next}";
            }
        }

        return await launcher.LaunchAsync(ToLaunch(order, directory), CancellationToken.None);
    }

    private static CommandLaunch ToLaunch(CheckOrder order, string directory) => new()
    {
        RunId = order.RunId,
        RunDirectory = directory,
        Executable = Wrapper.Shell,
        Arguments = ["-c", Join, "sh", order.Command],
        WorkingDirectory = order.WorkingDirectory,
        Environment = order.Environment,
        Input = new LaunchInput.Whole(default),
        Bounds = RunBounds.Default with
        {
            // It may be as silent as it likes.
            FirstOutput = order.Timeout,
            Silence = order.Timeout,
            SilenceInTool = order.Timeout,
            AfterResult = order.Timeout,
            WallClock = order.Timeout,
        },
        Stop = StopPlan.TerminateOnly,
        OwnerMark = order.OwnerMark,
        Container = order.Container,
        Limits = order.Limits,
        Lineage = order.Lineage,
    };

    /// <summary>The output is read from its file at the end.</summary>
    private sealed class Unread : IRunReader
    {
        public RunActivity Take(in OutputLine line) => default;
    }
}
