using System.Runtime.InteropServices;
using System.Text;

namespace McpWorkers.Simulation;

/// <summary>
/// A stand-in for an AI CLI: speaks claude's stream-json, does small real things, and by directives in its prompt every fault that the
/// real ones have. Needs no key and no network. Starts without dependency injection or command-line library: it is launched for each run.
/// </summary>
internal static class SimulatedAgent
{
    /// <summary>The hidden word of the command line behind which it stands.</summary>
    public const string Subcommand = "simulated-agent";

    /// <summary>Runs as a process of its own, with its standard streams and signals.</summary>
    /// <param name="args">What follows <c>simulated-agent</c>.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        using var interrupt = new CancellationTokenSource();
        // As claude does: an interrupt ends the run with a result that says so, and exit code 0. Terminating it is left to the runtime: 143.
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            if (!IgnoredSignals.Interrupt)
            {
                interrupt.Cancel();
            }
        });
        await using var stdin = Console.OpenStandardInput();
        await using var stdout = Console.OpenStandardOutput();
        await using var stderr = Console.OpenStandardError();
        var around = new Surroundings(stdout, stderr, () => StandardOutput.Close(stdout), Environment.CurrentDirectory, TimeProvider.System);
        return await RunAsync(args, stdin, around, interrupt.Token);
    }

    /// <summary>Runs over given streams; closing standard output disposes its stream.</summary>
    public static Task<int> RunAsync(string[] args, Stream stdin, Stream stdout, Stream stderr, CancellationToken cancellationToken) =>
        RunAsync(args, stdin, new Surroundings(stdout, stderr, stdout.Dispose, Environment.CurrentDirectory, TimeProvider.System), cancellationToken);

    /// <summary>Runs in given surroundings. Cancelling is an interrupt: the run says so and ends.</summary>
    public static async Task<int> RunAsync(string[] args, Stream stdin, Surroundings around, CancellationToken interrupted)
    {
        if (!SimulationOptions.TryParse(args, out var options, out string error))
        {
            return Refuse(around, error);
        }

        IReadOnlyList<Directive> script = [];
        if (options.ScriptPath is { } path)
        {
            try
            {
                script = Directive.InScript(await File.ReadAllTextAsync(path, interrupted));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return Refuse(around, $"--script '{path}' cannot be read: {e.Message}");
            }
        }

        using var reader = new StreamReader(stdin, Encoding.UTF8);
        string prompt = await reader.ReadToEndAsync(interrupted);
        if (string.IsNullOrWhiteSpace(prompt) && script.Count == 0)
        {
            return Refuse(around, $"No prompt on standard input. Usage: {SimulationOptions.Synopsis}");
        }

        var run = new SimulatedRun(around, options, interrupted);
        return await PlayAsync(run, [.. script, .. Directive.InPrompt(prompt)]);
    }

    private static async Task<int> PlayAsync(SimulatedRun run, IReadOnlyList<Directive> directives)
    {
        try
        {
            foreach (var directive in directives)
            {
                await DirectiveCatalog.PlayAsync(run, directive);
                if (run.ExitCode is { } code)
                {
                    return code;
                }
            }

            if (!run.Verbatim)
            {
                await FinishAsync(run);
            }

            return 0;
        }
        catch (DirectiveException e)
        {
            run.Start();
            run.Fail($"Simulated agent: {e.Message}");
            return 1;
        }
        catch (OperationCanceledException) when (run.Interrupted.IsCancellationRequested)
        {
            run.Abort();
            return 0;
        }
        catch (IOException e)
        {
            // Whoever read us has gone. There is nobody left to tell but standard error.
            return Refuse(run.Around, e.Message);
        }
    }

    /// <summary>What ends a run that no directive has ended: the answer, or else the ordinary work, and the result.</summary>
    internal static async Task FinishAsync(SimulatedRun run)
    {
        run.Start();
        if (!run.HasAnswer)
        {
            await FolderWork.DoAsync(run);
        }

        await run.SayAsync(run.Answer);
        await run.PauseAsync();
        run.Succeed(run.Answer);
    }

    private static int Refuse(Surroundings around, string message)
    {
        around.Stderr.Write(Encoding.UTF8.GetBytes($"simulated-agent: {message}\n"));
        around.Stderr.Flush();
        return 1;
    }
}
