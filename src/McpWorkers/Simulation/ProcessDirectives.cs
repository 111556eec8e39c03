using System.Diagnostics;
using System.Globalization;

namespace McpWorkers.Simulation;

/// <summary>
/// Directives about processes: those left behind, signals, memory. The one place outside the engine that starts processes by itself,
/// because it plays the agent, whose processes the engine has to find. Each of them ends by itself.
/// </summary>
internal static class ProcessDirectives
{
    private const int ForksMax = 200;
    private const int MegabytesMax = 2048;
    private const int MegabytesAtOnce = 16;

    /// <summary>A tree of processes: each takes its share of the count, starts two smaller ones, and sleeps.</summary>
    private const string ForkTree = """
        grow() {
          a=$((($1 - 1) / 2)); b=$(($1 - 1 - a))
          if [ $a -gt 0 ]; then grow $a & fi
          if [ $b -gt 0 ]; then grow $b & fi
          exec sleep "$seconds"
        }
        seconds=$2; grow "$1"
        """;

    public static Task IgnoreInterrupt(SimulatedRun run, Directive directive)
    {
        IgnoredSignals.IgnoreInterrupt();
        return Task.CompletedTask;
    }

    public static Task IgnoreTerminate(SimulatedRun run, Directive directive)
    {
        IgnoredSignals.IgnoreTerminate();
        return Task.CompletedTask;
    }

    /// <summary>Leaves a process behind that holds the output open.</summary>
    public static Task Grandchild(SimulatedRun run, Directive directive) => LeaveAsync(run, Sleeper(directive.Seconds()));

    public static Task GrandchildInOwnSession(SimulatedRun run, Directive directive) =>
        LeaveAsync(run, ["setsid", .. Sleeper(directive.Seconds())]);

    /// <summary>In a session of its own and with no environment: it carries no marker.</summary>
    public static Task GrandchildWithoutEnvironment(SimulatedRun run, Directive directive) =>
        LeaveAsync(run, ["setsid", "env", "-i", .. Sleeper(directive.Seconds())]);

    public static async Task Fork(SimulatedRun run, Directive directive)
    {
        var (count, time) = directive.CountAndSeconds("processes", ForksMax, TimeSpan.FromSeconds(60));
        if (OperatingSystem.IsWindows())
        {
            for (int i = 0; i < count; i++)
            {
                await LeaveAsync(run, Sleeper(time));
            }

            return;
        }

        await LeaveAsync(run, ["sh", "-c", ForkTree, "sh", count.ToString(CultureInfo.InvariantCulture), Seconds(time)]);
    }

    public static async Task Memory(SimulatedRun run, Directive directive)
    {
        var (megabytes, time) = directive.CountAndSeconds("megabytes", MegabytesMax, TimeSpan.FromSeconds(1));
        var held = new List<byte[]>();
        for (int left = megabytes; left > 0; left -= MegabytesAtOnce)
        {
            byte[] block = new byte[Math.Min(left, MegabytesAtOnce) * 1024 * 1024];
            // Touched, so that it is really taken.
            block.AsSpan().Fill(1);
            held.Add(block);
            await Task.Yield();
        }

        await run.SayAsync($"Simulated agent: I hold {megabytes} MB.");
        await run.WaitAsync(time);
        GC.KeepAlive(held);
    }

    /// <summary>Ends this process by a signal; by <c>kill</c> of the shell, so that nothing native is called from here.</summary>
    public static async Task Signal(SimulatedRun run, Directive directive)
    {
        string name = directive.Argument;
        if (name is not ("ABRT" or "FPE" or "HUP" or "ILL" or "INT" or "KILL" or "SEGV" or "TERM") || OperatingSystem.IsWindows())
        {
            throw new DirectiveException(
                $"[[signal]]: '{name}' cannot be sent here. Allowed, on Unix: ABRT, FPE, HUP, ILL, INT, KILL, SEGV, TERM.");
        }

        await run.SayAsync($"Simulated agent: I end by SIG{name}.");
        // Twice: the runtime takes the first of the fatal ones for a fault of its own code and restores the default action.
        using var kill = Start(["sh", "-c", $"kill -{name} {Environment.ProcessId}; sleep 0.1; kill -{name} {Environment.ProcessId} 2>/dev/null"]);
        await run.WaitAsync(TimeSpan.FromSeconds(10));
        throw new DirectiveException($"[[signal]]: SIG{name} did not end this process within 10 s.");
    }

    private static async Task LeaveAsync(SimulatedRun run, string[] command)
    {
        using var left = Start(command);
        await run.SayAsync(string.Create(
            CultureInfo.InvariantCulture, $"Simulated agent: I leave process {left.Id} behind ({Path.GetFileName(command[0])})."));
    }

    private static Process Start(string[] command)
    {
        var start = new ProcessStartInfo(command[0]) { UseShellExecute = false };
        foreach (string word in command.Skip(1))
        {
            start.ArgumentList.Add(word);
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new DirectiveException($"'{command[0]}' cannot be started: {e.Message}");
        }
    }

    private static string[] Sleeper(TimeSpan time) => OperatingSystem.IsWindows()
        // Pings itself once a second: Windows has no program that only waits without a console.
        ? ["ping", "-n", ((int)time.TotalSeconds + 1).ToString(CultureInfo.InvariantCulture), "127.0.0.1"]
        : ["sleep", Seconds(time)];

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
}
