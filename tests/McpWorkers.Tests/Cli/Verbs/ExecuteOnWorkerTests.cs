using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Cli.Verbs;

public sealed class ExecuteOnWorkerTests
{
    private const int TestLimit = 30_000;

    [Fact(Timeout = TestLimit)]
    public async Task A_prompt_runs_on_the_worker_that_is_named_and_the_worker_stays()
    {
        await using var place = new WorkersPlace(new ScriptedLauncher { Expected = 2 });
        string id = (await place.RunAsync("spawn")).Out.Trim();

        var first = await place.RunAsync("execute", id, "-p", "hello");
        var second = await place.RunAsync("execute", id, "-p", "again", "--json");

        Assert.Equal(0, first.Code);
        Assert.Matches($"^== {id} · completed · 1\\.5 s · 1,234 tokens ==\n\\(simulated: .*\\)\nhello\n\n$", first.Out);
        Assert.Contains($"{id} completed after 1.5 s, 1,234 tokens\n", first.Error, StringComparison.Ordinal);
        var result = JsonNode.Parse(second.Out)!.AsObject();
        Assert.Equal((id, "again"), ((string)result["worker_id"]!, (string)result["output"]!));
        Assert.Single(place.Manager.List());
    }

    [Fact(Timeout = TestLimit)]
    public async Task Ctrl_C_lets_go_and_the_run_goes_on()
    {
        var launcher = new ScriptedLauncher(endsOn: static _ => true);
        await using var place = new WorkersPlace(launcher);
        string id = (await place.RunAsync("spawn")).Out.Trim();
        var command = place.Start("execute", id, "-p", "long");
        await launcher.AllRun.Task;

        place.Interrupt();

        Assert.Equal(130, await command.Ended);
        Assert.Contains($"The runs that were accepted go on. Collect: 'mcpworkers workers collect {id} --wait'. Stop: 'mcpworkers workers cancel ID'.\n", command.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(WorkerStatus.Running, Assert.Single(place.Manager.List()).Status);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Without_waiting_the_runs_id_is_printed_and_the_result_is_collected_later()
    {
        var launcher = new ScriptedLauncher(endsOn: static _ => true) { Expected = 1 };
        await using var place = new WorkersPlace(launcher);
        string id = (await place.RunAsync("spawn")).Out.Trim();

        var submitted = await place.RunAsync("execute", id, "-p", "long", "--no-wait");

        Assert.Equal(0, submitted.Code);
        Assert.Matches("^run_[0-9a-f]+\n$", submitted.Out);
        await launcher.AllRun.Task;
        var soFar = await place.RunAsync("collect", id);
        Assert.Equal(0, soFar.Code);
        Assert.Contains($"Not settled: {id} running.", soFar.Error, StringComparison.Ordinal);
        Assert.Equal((0, $"Stopped the run of {id}; the worker is ready for another prompt.\n", ""), await place.RunAsync("cancel", id));
        var collected = await place.RunAsync("collect", id, "--wait", "--json");
        Assert.Equal(1, collected.Code);
        var result = JsonNode.Parse(collected.Out)![id]!;
        Assert.Equal(("cancelled", "long", submitted.Out.Trim()), ((string)result["status"]!, (string)result["output"]!, (string)result["metadata"]!["run_id"]!));
    }

    [Fact(Timeout = TestLimit)]
    public async Task An_unknown_worker_is_refused_with_exit_code_2()
    {
        await using var place = new WorkersPlace(new ScriptedLauncher());

        foreach (string[] args in new string[][]
            {
                ["execute", "term_none", "-p", "x"], ["execute", "term_none", "-p", "x", "--no-wait"], ["monitor", "term_none"], ["monitor", "-f", "term_none"],
                ["collect", "term_none"], ["collect", "term_none", "--wait"], ["cancel", "term_none"], ["close", "term_none"], ["logs", "term_none"], ["logs", "-f", "term_none"],
            })
        {
            var (code, output, error) = await place.RunAsync(args);
            Assert.Equal((2, ""), (code, output));
            Assert.StartsWith("mcpworkers: Worker 'term_none' is not known.", error, StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_time_out_of_its_own_reaches_the_run()
    {
        await using var place = new WorkersPlace(new ScriptedLauncher());
        string id = (await place.RunAsync("spawn")).Out.Trim();

        Assert.Equal(0, (await place.RunAsync("execute", id, "-p", "x", "-T", "3600")).Code);
        Assert.Equal(2, (await place.RunAsync("execute", id, "-p", "x", "-T", "29")).Code);
    }
}
