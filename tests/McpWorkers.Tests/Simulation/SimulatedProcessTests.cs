using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace McpWorkers.Tests.Simulation;

/// <summary>What only a process can show: ends by signals, closed output, processes left behind.</summary>
public sealed partial class SimulatedProcessTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static bool IsUnix => !OperatingSystem.IsWindows();

    public static bool IsLinux => OperatingSystem.IsLinux();

    [Theory(Timeout = 60_000, Skip = "Signals are Unix's.", SkipUnless = nameof(IsUnix))]
    [InlineData("SEGV", 139)]
    [InlineData("KILL", 137)]
    [InlineData("TERM", 143)]
    [InlineData("ABRT", 134)]
    public async Task It_ends_by_the_signal_asked_for(string name, int exitCode)
    {
        using var agent = Start($"[[signal:{name}]]");

        await agent.StandardOutput.ReadToEndAsync();
        Assert.Equal(exitCode, await ExitCodeAsync(agent));
    }

    [Fact(Timeout = 60_000, Skip = "Signals are Unix's.", SkipUnless = nameof(IsUnix))]
    public async Task It_ignores_the_signals_that_it_is_told_to_ignore()
    {
        using var agent = Start("[[ignore-sigint]][[ignore-sigterm]][[silence:3]][[text:still here]]");
        await ReadUntilAsync(agent, "silent from here on");

        await SendAsync(agent, "INT");
        await SendAsync(agent, "TERM");

        Assert.Contains("still here", await agent.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await ExitCodeAsync(agent));
    }

    [Fact(Timeout = 60_000, Skip = "Signals are Unix's.", SkipUnless = nameof(IsUnix))]
    public async Task An_interrupt_ends_it_with_a_result_and_exit_code_0()
    {
        using var agent = Start("[[silence:600]]");
        await ReadUntilAsync(agent, "silent from here on");

        await SendAsync(agent, "INT");

        Assert.Contains("error_during_execution", await agent.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await ExitCodeAsync(agent));
    }

    [Fact(Timeout = 60_000, Skip = "Elsewhere the runtime's duplicates keep the pipe open.", SkipUnless = nameof(IsLinux))]
    public async Task Output_that_stops_ends_while_the_process_lives_on()
    {
        using var agent = Start("[[stop-output:600]]");
        try
        {
            string output = await agent.StandardOutput.ReadToEndAsync().WaitAsync(Limit);

            Assert.Contains("my last line", output, StringComparison.Ordinal);
            Assert.False(agent.HasExited);
        }
        finally
        {
            agent.Kill();
        }
    }

    [Theory(Timeout = 60_000, Skip = "setsid is Linux's.", SkipUnless = nameof(IsLinux))]
    [InlineData("[[grandchild:600]]")]
    [InlineData("[[grandchild-setsid:600]]")]
    [InlineData("[[grandchild-clean:600]]")]
    public async Task A_process_left_behind_outlives_the_agent(string directive)
    {
        using var agent = Start($"{directive}[[text:done]]");
        // Not to the end of the output: the process left behind holds it open, as real ones do.
        string line = await ReadUntilAsync(agent, "I leave process");
        using var left = Process.GetProcessById(int.Parse(ProcessId().Match(line).Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture));
        try
        {
            await ReadUntilAsync(agent, "\"result\"");
            await agent.WaitForExitAsync().WaitAsync(Limit);

            Assert.False(left.HasExited);
        }
        finally
        {
            left.Kill();
        }
    }

    private static Process Start(string directives)
    {
        var agent = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "mcpworkers.exe" : "mcpworkers"))
        {
            ArgumentList = { "simulated-agent", "--pace", "fast" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        agent.StandardInput.Write(directives);
        agent.StandardInput.Close();
        return agent;
    }

    private static async Task<string> ReadUntilAsync(Process agent, string text)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (await agent.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"The output ended before '{text}' came.");
    }

    private static async Task SendAsync(Process agent, string signal)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{signal} {agent.Id}"]);
        await kill.WaitForExitAsync().WaitAsync(Limit);
    }

    private static async Task<int> ExitCodeAsync(Process agent)
    {
        await agent.WaitForExitAsync().WaitAsync(Limit);
        return agent.ExitCode;
    }

    [GeneratedRegex("I leave process ([0-9]+) behind")]
    private static partial Regex ProcessId();
}
