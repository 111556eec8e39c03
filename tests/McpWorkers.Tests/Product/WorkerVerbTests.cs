using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>The verbs with a real daemon. What waits or is interrupted is a process of its own.</summary>
public sealed class WorkerVerbTests : IAsyncDisposable
{
    private const int TestLimit = 120_000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ProductHome _home = new();

    [Fact(Timeout = TestLimit)]
    public async Task Workers_live_on_from_one_command_to_the_next()
    {
        string[] ids = (await DoneAsync("spawn", "-t", "simulated", "-n", "2")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string batch = await DoneAsync("batch", ids[0], ids[1], "-p", "[[text:hello]]", "--json");
        string run = (await DoneAsync("execute", ids[0], "-p", "[[sleep:2]] [[text:later]]", "--no-wait")).Trim();
        string collected = await DoneAsync("collect", ids[0], "--wait", "--json");
        string log = await DoneAsync("logs", run);
        string listed = await DoneAsync("list", "--json");

        Assert.Equal(2, ids.Length);
        Assert.All(JsonNode.Parse(batch)!.AsArray(), result => Assert.Equal("hello", result!.AsObject().Output()));
        var result = JsonNode.Parse(collected)![ids[0]]!.AsObject();
        Assert.Equal(("completed", "later", run), (result.Status(), result.Output(), (string)result.Metadata()["run_id"]!));
        Assert.Contains("later", log, StringComparison.Ordinal);
        Assert.Equal(ids, JsonNode.Parse(listed)!.AsArray().Select(worker => (string)worker!["worker_id"]!));
        Assert.Equal("Closed 2 workers.\n", await DoneAsync("close-all"));
        Assert.Equal("[]\n", await DoneAsync("list", "--json"));
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_run_is_stopped_from_another_shell_and_its_worker_stays()
    {
        string id = (await DoneAsync("spawn", "-t", "simulated")).Trim();
        await DoneAsync("execute", id, "-p", "[[sleep:300]]", "--no-wait");
        using var following = Start("monitor", "-f", id);
        await UntilRunningAsync(id);

        Assert.Equal($"Stopped the run of {id}; the worker is ready for another prompt.\n", await DoneAsync("cancel", id));

        var followed = await following.EndAsync(Limit);
        Assert.Equal(0, followed.ExitCode);
        Assert.Contains($"{id} cancelled", followed.Stdout, StringComparison.Ordinal);
        Assert.Contains("again", await DoneAsync("execute", id, "-p", "[[text:again]]"), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Commands_that_wait_outlive_a_daemon_that_was_killed()
    {
        string id = (await DoneAsync("spawn", "-t", "simulated")).Trim();
        using var executing = Start("execute", id, "-p", "[[sleep:8]] [[text:survived]]", "--json");
        using var logs = Start("logs", "-f", id);
        await UntilRunningAsync(id);
        int daemon = (int)JsonNode.Parse((await ProductCommand.RunAsync(_home, Limit, "daemon", "status", "--json")).Stdout)!["pid"]!;

        System.Diagnostics.Process.GetProcessById(daemon).Kill();

        var end = await executing.EndAsync(Limit);
        Assert.True(end.ExitCode == 0, end.ToString());
        Assert.Equal("survived", JsonNode.Parse(end.Stdout)!.AsObject().Output());
        Assert.Contains("Connected again.", end.Stderr, StringComparison.Ordinal);
        await DoneAsync("close", id);
        var logged = await logs.EndAsync(Limit);
        Assert.True(logged.ExitCode == 0, logged.ToString());
        Assert.Equal(1, logged.Stdout.Split('\n').Count(line => line == "survived"));
    }

    [Fact(Timeout = TestLimit)]
    public async Task Ctrl_C_while_waiting_leaves_the_run_going()
    {
        string id = (await DoneAsync("spawn", "-t", "simulated")).Trim();
        using var executing = Start("execute", id, "-p", "[[sleep:3]] [[text:to its end]]");
        await UntilRunningAsync(id);

        executing.Interrupt();

        var end = await executing.EndAsync(Limit);
        Assert.Equal(130, end.ExitCode);
        Assert.Contains($"'mcpworkers workers collect {id} --wait'", end.Stderr, StringComparison.Ordinal);
        Assert.Contains("to its end", await DoneAsync("collect", id, "--wait"), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task What_an_agent_writes_never_moves_the_terminals_cursor()
    {
        string id = (await DoneAsync("spawn", "-t", "simulated")).Trim();
        string prompt = "[[text:\u001b]0;x\a\u001b[2J]]";

        string shown = await DoneAsync("execute", id, "-p", prompt) + await DoneAsync("logs", id) + await DoneAsync("collect", id) + await DoneAsync("list");

        Assert.DoesNotContain('\u001b', shown);
        Assert.DoesNotContain('\a', shown);
        Assert.Contains("\\e[2J", shown, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await ProductCommand.RunAsync(_home, Limit, "daemon", "stop", "--force");
        _home.Dispose();
    }

    private ProductCommand Start(params IEnumerable<string> arguments) => ProductCommand.Start(_home, ["workers", .. arguments]);

    /// <summary>Standard output of a command that must succeed.</summary>
    private async Task<string> DoneAsync(params IEnumerable<string> arguments)
    {
        var end = await ProductInside.RunAsync(_home, Limit, ["workers", .. arguments]);
        Assert.True(end.ExitCode == 0, $"workers {string.Join(' ', arguments)}: {end}");
        return end.Stdout;
    }

    private Task UntilRunningAsync(string id) => LiveProcesses.UntilAsync(
        () => _home.Output().Length > 0,
        TimeSpan.FromSeconds(30), $"{id} is at work");
}
