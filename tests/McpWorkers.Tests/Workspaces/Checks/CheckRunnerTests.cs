using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Checks;
using McpWorkers.Tests.Execution.Processes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Checks;

public sealed class CheckRunnerTests : RunScene
{
    private CheckRunner Runner => new(Launcher, TimeProvider.System);

    [Fact(Timeout = 30_000)]
    public async Task A_check_that_succeeds_has_passed_and_shows_both_outputs_in_their_order()
    {
        var result = await Run("echo one; echo two >&2; echo three");

        Assert.True(result.Passed);
        Assert.Equal("one\ntwo\nthree", result.Output);
        Assert.InRange(result.Seconds, 0, 20);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_check_that_fails_keeps_its_exit_code_and_its_command()
    {
        var result = await Run("pwd; echo \"$GREETING\"; exit 7");

        Assert.Equal(7, result.ExitCode);
        Assert.Equal("pwd; echo \"$GREETING\"; exit 7", result.Command);
        Assert.Equal($"{Root}\nhello", result.Output);
        Assert.False(result.Passed);
    }

    [Fact(Timeout = 30_000)]
    public async Task Of_a_long_output_the_end_is_kept_and_nothing_in_it_is_obeyed_by_a_terminal()
    {
        var result = await Run("i=0; while [ $i -lt 2000 ]; do echo \"line $i ä\"; i=$((i+1)); done; printf 'red \\033[31m\\r\\nend \\001\\r50%%\\r100%%\\n'");

        Assert.Equal(4_000, result.Output.Length);
        Assert.StartsWith("…", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("line 1999 ä\nred ␛[31m\nend ␁\n50%\n100%", result.Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_check_over_its_time_is_stopped_and_has_no_exit_code()
    {
        var result = await Run($"echo begun; {LongSleep()}", TimeSpan.FromSeconds(1));

        Assert.Null(result.ExitCode);
        Assert.StartsWith("begun\n[stopped: time-out", result.Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_working_directory_that_is_not_there_is_a_failed_check()
    {
        var result = await Runner.RunAsync(Order("true") with { WorkingDirectory = Path.Combine(Root, "nowhere") }, default, Cancellation);

        Assert.Null(result.ExitCode);
        Assert.Contains("nowhere", result.Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_check_of_a_host_that_died_is_taken_up_and_not_started_again()
    {
        var order = Order($"echo x >>count; {Gate()}; echo done");
        using var leaving = new CancellationTokenSource();
        var first = Runner.RunAsync(order, leaving.Token, Cancellation);
        await LiveProcesses.UntilAsync(() => File.Exists(Path.Combine(Root, "count")), TimeSpan.FromSeconds(10), "the check runs");
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        var second = new CheckRunner(new ProcessLauncher(TimeProvider.System), TimeProvider.System).RunAsync(order, default, Cancellation);
        File.WriteAllText(Path.Combine(Root, "go"), "");
        var result = await second;
        var third = await Runner.RunAsync(order, default, Cancellation);

        Assert.Equal("done", result.Output);
        Assert.Equal(result, third);
        Assert.Equal("x\n", File.ReadAllText(Path.Combine(Root, "count")));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_directory_in_which_nothing_ever_ran_does_not_keep_the_check_from_running()
    {
        var order = Order("echo ran");
        Directory.CreateDirectory(order.RunDirectory);

        var result = await Runner.RunAsync(order, default, Cancellation);

        Assert.Equal("ran", result.Output);
    }

    [Fact(Timeout = 30_000)]
    public async Task Cancelling_stops_the_check_with_its_tree()
    {
        using var cancelling = new CancellationTokenSource();
        string sleep = LongSleep();
        var running = Runner.RunAsync(Order($"(setsid {sleep} &) ; echo x >count; {sleep}"), default, cancelling.Token);
        await LiveProcesses.UntilAsync(() => File.Exists(Path.Combine(Root, "count")), TimeSpan.FromSeconds(10), "the check runs");

        await cancelling.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Empty(LiveProcesses.WithCommand(sleep));
    }

    private static string Gate() => "i=0; while [ ! -e go ] && [ $i -lt 200 ]; do sleep 0.05; i=$((i+1)); done";

    private Task<CheckResult> Run(string command, TimeSpan? timeout = null) =>
        Runner.RunAsync(Order(command) with { Timeout = timeout ?? TimeSpan.FromSeconds(20) }, default, Cancellation);

    private CheckOrder Order(string command) => new()
    {
        Command = command,
        RunId = "verify-1",
        RunDirectory = Path.Combine(Root, "verify-1"),
        WorkingDirectory = Root,
        Environment = new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH")!, ["GREETING"] = "hello" },
        OwnerMark = Mark,
        Timeout = TimeSpan.FromSeconds(20),
    };
}
