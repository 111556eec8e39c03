using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Cli.Verbs;

public sealed class BatchTests : IAsyncLifetime
{
    private const int TestLimit = 30_000;

    private readonly WorkersPlace _place = new(new ScriptedLauncher { Expected = 100 });
    private string _a = "";
    private string _b = "";

    public async ValueTask InitializeAsync()
    {
        string[] ids = (await _place.RunAsync("spawn", "-n", "2")).Out.Split('\n');
        (_a, _b) = (ids[0], ids[1]);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Pairs_run_and_answer_in_the_order_given_also_with_a_repeated_worker()
    {
        var (code, output, error) = await _place.RunAsync(
            "batch", "--worker", _b, "--prompt", "one", "-w", _a, "-p", "two", "-w", _b, "-p", "three", "--json");

        Assert.Equal(0, code);
        Assert.Equal(
            [(_b, "one"), (_a, "two"), (_b, "three")],
            JsonNode.Parse(output)!.AsArray().Select(result => ((string)result!["worker_id"]!, (string)result["output"]!)));
        Assert.EndsWith("3 workers: 3 completed.\n", error, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task One_prompt_goes_to_all_workers()
    {
        var (code, output, _) = await _place.RunAsync("batch", _a, _b, "-p", "same");

        Assert.Equal(0, code);
        Assert.Matches($"^== {_a} · completed .*\n.*\nsame\n\n== {_b} · completed .*\n.*\nsame\n\n$", output);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_file_holds_pairs()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_place.Folder, "tasks.json"), $$"""[{"worker_id":"{{_a}}","prompt":"from"},{"worker_id":"{{_b}}","prompt":"file, which fail"}]""",
            TestContext.Current.CancellationToken);

        var (code, output, _) = await _place.RunAsync("batch", "--file", "tasks.json", "--json");

        Assert.Equal(1, code);
        Assert.Equal(["completed", "failed"], JsonNode.Parse(output)!.AsArray().Select(result => (string)result!["status"]!));
    }

    [Fact(Timeout = TestLimit)]
    public async Task An_unknown_worker_costs_its_own_item_only()
    {
        var (code, output, _) = await _place.RunAsync("batch", "term_none", _a, "-p", "x", "--json");

        Assert.Equal(1, code);
        var results = JsonNode.Parse(output)!.AsArray();
        Assert.Equal(["failed", "completed"], results.Select(result => (string)result!["status"]!));
        Assert.StartsWith("Worker 'term_none' is not known.", (string)results[0]!["error"]!, StringComparison.Ordinal);
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("{}", "is no list with an entry")]
    [InlineData("[]", "is no list with an entry")]
    [InlineData("[1]", "entry 0 is no object")]
    [InlineData("[{\"worker_id\":\"a\"}]", "entry 0: 'prompt' is missing or no text")]
    [InlineData("[{\"worker_id\":\"a\",\"prompt\":1}]", "entry 0: 'prompt' is missing or no text")]
    [InlineData("[{\"worker\":\"a\",\"prompt\":\"x\"}]", "entry 0 has the field 'worker', which is not known")]
    [InlineData("nonsense", "is no JSON")]
    public async Task A_file_of_another_form_is_refused_with_the_form_it_must_have(string content, string said)
    {
        await File.WriteAllTextAsync(Path.Combine(_place.Folder, "tasks.json"), content, TestContext.Current.CancellationToken);

        var (code, output, error) = await _place.RunAsync("batch", "--file", "tasks.json");

        Assert.Equal((2, ""), (code, output));
        Assert.Contains($"--file tasks.json: {said}", error, StringComparison.Ordinal);
        Assert.Contains("It must be [{\"worker_id\"", error, StringComparison.Ordinal);
        Assert.All(_place.Manager.List(), worker => Assert.Equal(WorkerStatus.Pending, worker.Status));
    }

    public ValueTask DisposeAsync() => _place.DisposeAsync();
}
