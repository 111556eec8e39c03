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

    /// <summary>Standard input is at its end. On time-out the command is killed with its tree.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; the command is killed.</exception>
    public static async Task<CommandOutput> RunAsync(
        string executable, IReadOnlyList<string> arguments, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(executable, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            },
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return new(null, "", e.Message, false);
        }

        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        using var drain = new CancellationTokenSource();
        var stdout = ReadAsync(process.StandardOutput, drain.Token);
        var stderr = ReadAsync(process.StandardError, drain.Token);
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

        drain.CancelAfter(DrainPatience);
        string said = await stdout;
        string complained = await stderr;
        cancellationToken.ThrowIfCancellationRequested();
        return new(timedOut ? null : process.ExitCode, said, complained, timedOut);
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
