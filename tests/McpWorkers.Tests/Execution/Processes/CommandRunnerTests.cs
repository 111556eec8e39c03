using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

public sealed class CommandRunnerTests : RunScene
{
    private const int Limit = 15_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact(Timeout = Limit)]
    public async Task Output_and_exit_code_are_given_and_the_input_is_at_its_end()
    {
        var said = await ShellAsync("cat; echo out; echo err >&2; exit 3", Patience);
        Assert.Equal(new CommandOutput(3, "out\n", "err\n"), said);
    }

    [Fact(Timeout = Limit)]
    public async Task Much_output_of_both_kinds_is_cut_and_blocks_nothing()
    {
        var said = await ShellAsync("head -c 3000000 /dev/zero | tr '\\0' a; head -c 3000000 /dev/zero | tr '\\0' b >&2", Patience);
        Assert.Equal(0, said.ExitCode);
        Assert.Equal(1024 * 1024, said.Stdout.Length);
        Assert.Equal(1024 * 1024, said.Stderr.Length);
    }

    [Fact(Timeout = Limit)]
    public async Task Time_out_kills_the_tree_and_keeps_what_was_said()
    {
        string sleep = LongSleep();
        var said = await ShellAsync($"echo begun; {sleep} & {sleep}", TimeSpan.FromSeconds(0.5));
        Assert.True(said.TimedOut);
        Assert.Null(said.ExitCode);
        Assert.Equal("begun\n", said.Stdout);
        await LiveProcesses.UntilAsync(() => LiveProcesses.WithCommand(sleep).Count == 0, TimeSpan.FromSeconds(2), "the tree is gone");
    }

    [Fact(Timeout = Limit)]
    public async Task Cancelling_kills_the_tree()
    {
        string sleep = LongSleep();
        using var asked = new CancellationTokenSource();
        var running = CommandRunner.RunAsync("/bin/sh", ["-c", $"{sleep} & {sleep}"], Patience, asked.Token);
        await LiveProcesses.UntilAsync(() => LiveProcesses.WithCommand(sleep).Count > 0, TimeSpan.FromSeconds(5), "it runs");
        await asked.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await LiveProcesses.UntilAsync(() => LiveProcesses.WithCommand(sleep).Count == 0, TimeSpan.FromSeconds(2), "the tree is gone");
    }

    [Fact(Timeout = Limit)]
    public async Task Grandchild_that_holds_the_output_open_does_not_delay()
    {
        long begun = TimeProvider.System.GetTimestamp();
        var said = await ShellAsync("sleep 6 & echo out", Patience);
        Assert.Equal(new CommandOutput(0, "out\n", ""), said);
        Assert.InRange(TimeProvider.System.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }

    [Fact(Timeout = Limit)]
    public async Task Missing_program_is_said()
    {
        var said = await CommandRunner.RunAsync("/nowhere/program", [], Patience, Cancellation);
        Assert.Null(said.ExitCode);
        Assert.False(said.TimedOut);
        Assert.Contains("No such file", said.Stderr, StringComparison.Ordinal);
    }

    private static Task<CommandOutput> ShellAsync(string script, TimeSpan timeout) =>
        CommandRunner.RunAsync("/bin/sh", ["-c", script], timeout, Cancellation);
}
