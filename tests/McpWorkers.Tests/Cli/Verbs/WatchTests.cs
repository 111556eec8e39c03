using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Cli.Verbs;

public sealed class WatchTests
{
    private const int TestLimit = 30_000;

    [Fact(Timeout = TestLimit)]
    public async Task Monitor_prints_the_status_of_each_worker()
    {
        await using var place = new WorkersPlace(new ScriptedLauncher());
        string[] ids = (await place.RunAsync("spawn", "-n", "2")).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await place.RunAsync("execute", ids[1], "-p", "x");

        Assert.Equal((0, $"{ids[0]} pending\n{ids[1]} completed\n", ""), await place.RunAsync("monitor"));
        Assert.Equal((0, $"{ids[1]} completed\n", ""), await place.RunAsync("monitor", ids[1]));
        var json = JsonNode.Parse((await place.RunAsync("monitor", "--once", "--json")).Out)!;
        Assert.Equal(("pending", "completed"), ((string)json[ids[0]]!, (string)json[ids[1]]!));
    }

    [Fact(Timeout = TestLimit)]
    public async Task Following_prints_changes_as_they_come_and_ends_when_nothing_is_at_work()
    {
        var launcher = new ScriptedLauncher(endsOn: static _ => true);
        await using var place = new WorkersPlace(launcher);
        string id = (await place.RunAsync("spawn")).Out.Trim();
        await place.RunAsync("execute", id, "-p", "busy\u001b[2J", "--no-wait");
        await launcher.AllRun.Task;

        var follow = place.Start("monitor", "-f", id, "--interval", "0.1");
        await Until.TrueAsync(() => follow.Out.ToString().Contains($"{id} running", StringComparison.Ordinal));
        await place.RunAsync("cancel", id);

        Assert.Equal(0, await follow.Ended);
        Assert.Matches($"^{id} running.*\n(.*\n)*{id} cancelled after 1\\.5 s\n$", follow.Out.ToString());
        Assert.DoesNotContain("\u001b", follow.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Events_are_streamed_one_a_line_from_what_is_there_until_interrupted()
    {
        await using var place = new WorkersPlace(new ScriptedLauncher());
        string old = (await place.RunAsync("spawn")).Out.Trim();
        var events = place.Start("monitor", "--json");
        await Until.TrueAsync(() => events.Out.ToString().Contains(old, StringComparison.Ordinal));
        var interrupt = place.TakeInterrupt();
        string id = (await place.RunAsync("spawn")).Out.Trim();
        await place.RunAsync("execute", id, "-p", "x");
        await place.RunAsync("close", id);
        await Until.TrueAsync(() => events.Out.ToString().Contains("\"closed\"", StringComparison.Ordinal));

        interrupt();

        Assert.Equal(130, await events.Ended);
        var lines = events.Out.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        Assert.Equal(["state", "spawned", "queued", "started", "settled", "closed"], lines.Select(line => (string)line["kind"]!));
        Assert.Equal([old, .. Enumerable.Repeat(id, 5)], lines.Select(line => (string)line["worker_id"]!));
        Assert.Equal(lines.Select(line => (long)line["number"]!).Order(), lines.Select(line => (long)line["number"]!));
        Assert.Equal("completed", (string)lines[4]["status"]!);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Events_of_named_workers_end_with_their_work()
    {
        var launcher = new ScriptedLauncher(endsOn: static _ => true);
        await using var place = new WorkersPlace(launcher);
        string[] ids = (await place.RunAsync("spawn", "-n", "2")).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await place.RunAsync("execute", ids[0], "-p", "x", "--no-wait");
        await launcher.AllRun.Task;
        var events = place.Start("monitor", ids[0], "--json");
        await Until.TrueAsync(() => events.Out.ToString().Contains("running", StringComparison.Ordinal));
        await place.RunAsync("close", ids[1]);
        await place.RunAsync("cancel", ids[0]);

        Assert.Equal(0, await events.Ended);
        Assert.Matches("\"kind\":\"settled\".*\"status\":\"cancelled\".*\n$", events.Out.ToString());
        Assert.DoesNotContain(ids[1], events.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Collect_waits_when_asked_to_and_prints_what_each_made()
    {
        var launcher = new ScriptedLauncher(endsOn: static _ => true) { Expected = 2 };
        await using var place = new WorkersPlace(launcher);
        string[] ids = (await place.RunAsync("spawn", "-n", "2")).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await place.RunAsync("execute", ids[0], "-p", "one", "--no-wait");
        await place.RunAsync("execute", ids[1], "-p", "two", "--no-wait");
        await launcher.AllRun.Task;
        var collect = place.Start("collect", "--wait");

        await place.RunAsync("cancel", ids[0], "--json");
        Assert.False(collect.Ended.IsCompleted);
        await place.RunAsync("cancel", ids[1], "--force");

        Assert.Equal(1, await collect.Ended);
        Assert.Matches($"^== {ids[0]} · cancelled (.*\n)*one\n(.*\n)*== {ids[1]} · cancelled (.*\n)*two\n", collect.Out.ToString());
    }

    [Fact(Timeout = TestLimit)]
    public async Task Nothing_to_collect_is_said()
    {
        await using var place = new WorkersPlace(new ScriptedLauncher());
        string id = (await place.RunAsync("spawn")).Out.Trim();

        Assert.Equal((0, "", "There is nothing to collect.\n"), await place.RunAsync("collect"));
        Assert.Equal((0, "{}\n", ""), await place.RunAsync("collect", "--json"));
        var asked = await place.RunAsync("collect", id);
        Assert.Equal(0, asked.Code);
        Assert.Contains($"Not settled: {id} pending.", asked.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Workers_are_closed_one_by_one_or_all_and_what_was_stopped_is_said()
    {
        var launcher = new ScriptedLauncher(endsOn: static _ => true);
        await using var place = new WorkersPlace(launcher);
        string[] ids = (await place.RunAsync("spawn", "-n", "4")).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await place.RunAsync("execute", ids[0], "-p", "x", "--no-wait");
        await launcher.AllRun.Task;

        Assert.Equal((0, $"Nothing ran on {ids[1]}.\n", ""), await place.RunAsync("cancel", ids[1]));
        Assert.Equal((0, $"Closed {ids[0]}; its run was stopped.\n", ""), await place.RunAsync("close", ids[0]));
        var closed = await place.RunAsync("close", ids[1], "--json");
        Assert.Equal((true, ids[1]), ((bool)JsonNode.Parse(closed.Out)!["success"]!, (string)JsonNode.Parse(closed.Out)!["worker_id"]!));
        Assert.Equal((0, "Closed 2 workers.\n", ""), await place.RunAsync("close-all"));
        Assert.Equal((0, "{\"closed_count\":0}\n", ""), await place.RunAsync("close-all", "--json"));
    }
}
