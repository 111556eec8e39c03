using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Cli.Verbs;

public sealed class SpawnAndListTests : IAsyncDisposable
{
    private const int TestLimit = 30_000;

    private readonly WorkersPlace _place = new(new ScriptedLauncher());

    [Fact(Timeout = TestLimit)]
    public async Task Spawn_prints_ids_and_the_workers_are_there_for_the_next_command()
    {
        var spawned = await _place.RunAsync("spawn", "-n", "2");

        Assert.Equal((0, ""), (spawned.Code, spawned.Error));
        Assert.Matches("^term_[0-9a-f]{12}\nterm_[0-9a-f]{12}\n$", spawned.Out);
        var listed = await _place.RunAsync("list", "--json");
        Assert.Equal(spawned.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries), JsonNode.Parse(listed.Out)!.AsArray().Select(worker => (string)worker!["worker_id"]!));
    }

    [Fact(Timeout = TestLimit)]
    public async Task Spawn_with_json_prints_a_list_of_ids()
    {
        var (code, output, _) = await _place.RunAsync("spawn", "--json", "--model", "m", "--permission", "full");

        Assert.Equal(0, code);
        Assert.Matches("^\\[\"term_[0-9a-f]{12}\"\\]\n$", output);
        var worker = Assert.Single(_place.Manager.List());
        Assert.Equal(("m", _place.Folder), (worker.Model, worker.WorkingDirectory));
    }

    [Fact(Timeout = TestLimit)]
    public async Task What_the_tool_refuses_is_said_in_its_words_with_exit_code_2()
    {
        var (code, output, error) = await _place.RunAsync("spawn", "-t", "terminal-qwem");

        Assert.Equal((2, "", "mcpworkers: Worker type 'terminal-qwem' is not known. Known: echo.\n"), (code, output, error));
    }

    [Fact(Timeout = TestLimit)]
    public async Task List_is_a_table_for_a_person()
    {
        string id = (await _place.RunAsync("spawn")).Out.Trim();
        await _place.RunAsync("execute", id, "-p", "hello\u001b[2J");

        var (code, output, _) = await _place.RunAsync("list");

        Assert.Equal(0, code);
        Assert.Matches("^WORKER +TYPE +STATE +TIME +WAITING +RUNS +DOING\nterm_[0-9a-f]{12}  echo  completed +1\\.5 s +1  .*\n$", output);
        Assert.DoesNotContain("\u001b", output, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task An_empty_list_is_said_and_is_empty_json()
    {
        Assert.Equal((0, "", "There are no workers. 'mcpworkers workers spawn' makes some.\n"), await _place.RunAsync("list"));
        Assert.Equal((0, "[]\n", ""), await _place.RunAsync("list", "--json"));
    }

    [Fact(Timeout = TestLimit)]
    public async Task Health_says_what_there_is_and_its_json_is_the_tools()
    {
        await _place.RunAsync("spawn", "-n", "2");

        var text = await _place.RunAsync("health");
        var json = await _place.RunAsync("health", "--json");

        Assert.Equal((0, ""), (text.Code, text.Error));
        Assert.StartsWith("healthy\n  workers       2 of at most 200 (2 pending)\n  runs          0 of at most 10 at once, 0 waiting\n", text.Out, StringComparison.Ordinal);
        Assert.Equal(("healthy", 2), ((string)JsonNode.Parse(json.Out)!["status"]!, (int)JsonNode.Parse(json.Out)!["workers_active"]!));
    }

    public ValueTask DisposeAsync() => _place.DisposeAsync();
}
