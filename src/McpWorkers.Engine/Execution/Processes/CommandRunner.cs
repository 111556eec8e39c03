using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>What a short command said.</summary>
/// <param name="ExitCode">Null where it could not be started or was ended at its time-out.</param>
/// <param name="Stdout">At most 1 MiB of it.</param>
/// <param name="Stderr">Likewise; where it could not be started, why.</param>
public sealed record CommandOutput(int? ExitCode, string Stdout, string Stderr, bool TimedOut = false);

/// <summary>Runs short helper commands (<c>claude --version</c>, git) to their end. Long work goes through a launcher.</summary>
public static class CommandRunner
{
    private const int CharactersMax = 1024 * 1024;
    private static readonly TimeSpan DrainPatience = TimeSpan.FromMilliseconds(500);

    /// <summary>Where the output is wanted whole: only a child that holds it open takes so long.</summary>
    private static readonly TimeSpan WholePatience = TimeSpan.FromSeconds(10);

    /// <summary>Standard input is at its end. On time-out the command is killed with its tree.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; the command is killed.</exception>
    public static async Task<CommandOutput> RunAsync(
        string executable, IReadOnlyList<string> arguments, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        using var process = new Process { StartInfo = Redirected(new(executable, arguments)) };
        if (TryStart(process) is { } fault)
        {
            return new(null, "", fault);
        }

        process.StandardInput.Close();
        using var drain = new CancellationTokenSource();
        var stdout = ReadAsync(process.StandardOutput, drain.Token);
        var stderr = ReadAsync(process.StandardError, drain.Token);
        bool timedOut = await WaitAsync(process, timeout, cancellationToken);
        drain.CancelAfter(DrainPatience);
        var said = new CommandOutput(timedOut ? null : process.ExitCode, await stdout, await stderr, timedOut);
        cancellationToken.ThrowIfCancellationRequested();
        return said;
    }

    /// <summary>Standard input is what the command names, then at its end. On time-out the command is killed with its tree.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; the command is killed.</exception>
    public static async Task<CommandBytes> RunAsync(CommandSpec command, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        using var process = new Process { StartInfo = ToStartInfo(command) };
        if (TryStart(process) is { } fault)
        {
            return new(null, default, fault);
        }

        using var drain = new CancellationTokenSource();
        using var kept = new MemoryStream();
        var stdout = CopyAsync(process.StandardOutput.BaseStream, command.StdoutTo ?? kept, drain.Token);
        var stderr = ReadAsync(process.StandardError, drain.Token);
        var stdin = FeedAsync(process.StandardInput, command, cancellationToken);
        bool timedOut = await WaitAsync(process, command.Timeout, cancellationToken);
        drain.CancelAfter(WholePatience);
        await stdin;
        timedOut |= !await stdout;
        var said = new CommandBytes(timedOut ? null : process.ExitCode, kept.ToArray(), await stderr, timedOut);
        cancellationToken.ThrowIfCancellationRequested();
        return said;
    }

    private static ProcessStartInfo Redirected(ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.UseShellExecute = false;
        return start;
    }

    private static ProcessStartInfo ToStartInfo(CommandSpec command)
    {
        var start = Redirected(new(command.Executable, command.Arguments) { WorkingDirectory = command.WorkingDirectory ?? "" });
        if (command.Environment is { } environment)
        {
            start.Environment.Clear();
            foreach (var (name, value) in environment)
            {
                start.Environment[name] = value;
            }
        }

        if (command.OwnerMark is { } owner)
        {
            start.Environment[RunMarker.Variable] = RunMarker.Of(owner, "command");
        }

        return start;
    }

    /// <returns>Null; or why it could not be started.</returns>
    private static string? TryStart(Process process)
    {
        try
        {
            process.Start();
            return null;
        }
        catch (Win32Exception e)
        {
            return e.Message;
        }
    }

    /// <returns>Whether it had to be ended.</returns>
    private static async Task<bool> WaitAsync(Process process, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        bool timedOut = false;
        try
        {
            // By itself, and not by the end of its output: a child that it left behind may hold that open.
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            timedOut = true;
        }

        return timedOut;
    }

    private static async Task FeedAsync(StreamWriter input, CommandSpec command, CancellationToken cancellationToken)
    {
        try
        {
            await using var pipe = input.BaseStream;
            await (command.StdinBy is { } write ? write(pipe, cancellationToken) : pipe.WriteAsync(command.Stdin, CancellationToken.None).AsTask());
        }
        catch (IOException)
        {
            // It ended without reading all: its exit code says whether that was right.
        }
    }

    /// <returns>Whether that was all of it.</returns>
    private static async Task<bool> CopyAsync(Stream output, Stream to, CancellationToken cancellationToken)
    {
        try
        {
            await output.CopyToAsync(to, cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var buffer = new char[4096];
        try
        {
            while (await reader.ReadAsync(buffer, cancellationToken) is > 0 and var count)
            {
                text.Append(buffer, 0, Math.Min(count, CharactersMax - text.Length));
            }
        }
        catch (OperationCanceledException)
        {
            // What was read until then is what it said.
        }

        return text.ToString();
    }
}
