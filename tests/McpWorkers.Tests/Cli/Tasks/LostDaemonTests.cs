using System.Text.Json.Nodes;
using McpWorkers.Cli;
using McpWorkers.Tests.Mcp.Client;
using Xunit;

namespace McpWorkers.Tests.Cli.Tasks;

/// <summary>Commands about tasks whose daemon goes away before it answers, word for word.</summary>
public sealed class LostDaemonTests : IAsyncDisposable
{
    private const int TestLimit = 30_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("lost-").FullName;
    private readonly FakeDaemon _daemon = new();
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    [Theory(Timeout = TestLimit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Adding_is_said_again_where_each_task_has_a_key(bool many)
    {
        var command = many ? RunAsync("add", "--file", FileOf("- {prompt: one, key: a}\n- {prompt: two, key: b}")) : RunAsync("add", "-p", "one", "--key", "a");
        string[] lives = ["", "", ""];
        for (int life = 0; life < 2; life++)
        {
            var lost = await _daemon.AcceptAsync();
            lives[life] = (await lost.ReadCallAsync("task_add"))["params"]!["arguments"]!.ToJsonString();
            await lost.CloseAsync();
        }

        var daemon = await _daemon.AcceptAsync();
        var call = await daemon.ReadCallAsync("task_add");
        lives[2] = call["params"]!["arguments"]!.ToJsonString();
        await daemon.AnswerCallAsync(call, many ? new JsonArray(TaskOf("task_1"), TaskOf("task_2")) : new JsonArray(TaskOf("task_1")));

        Assert.Equal(0, await command);
        Assert.Equal(many ? "task_1\ntask_2\n" : "task_1\n", _out.ToString());
        Assert.Single(lives.Distinct());
    }

    [Theory(Timeout = TestLimit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Adding_without_a_key_is_not_said_again_and_ends_with_1(bool many)
    {
        var command = many ? RunAsync("add", "--file", FileOf("- {prompt: one, key: a}\n- {prompt: two}")) : RunAsync("add", "-p", "one");
        var daemon = await _daemon.AcceptAsync();
        await daemon.ReadCallAsync("task_add");
        await daemon.CloseAsync();

        Assert.Equal(1, await command);
        Assert.Equal("", _out.ToString());
        Assert.Contains("nobody knows whether it was done", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("'mcpworkers tasks list' shows what is there. With --key it can be said again without harm.", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, _daemon.Opened);
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("completed", 0)]
    [InlineData("failed", 1)]
    [InlineData("cancelled", 1)]
    [InlineData("dead", 1)]
    public async Task Waiting_goes_on_with_the_next_daemon(string status, int code)
    {
        var command = RunAsync("wait", "task_1", "mine");
        var first = await _daemon.AcceptAsync();
        await first.AnswerCallAsync(await first.ReadCallAsync("task_wait"), Waited(false, TaskOf("task_1"), TaskOf("task_2")));
        await first.ReadCallAsync("task_wait");
        await first.CloseAsync();
        var second = await _daemon.AcceptAsync();
        var call = await second.ReadCallAsync("task_wait");
        await second.AnswerCallAsync(call, Waited(true, TaskOf("task_1", "completed"), TaskOf("task_2", status)));

        Assert.Equal(code, await command);
        Assert.Equal("""["task_1","mine"]""", call["params"]!["arguments"]!["task_ids"]!.ToJsonString());
        Assert.Equal($"task_1  completed\ntask_2  {status}\n", _out.ToString());
        Assert.Equal("mcpworkers: The connection to the daemon was lost; connecting again.\nmcpworkers: Connected again.\n", _error.ToString());
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_log_is_followed_through_all_attempts_also_short_ones_and_a_lost_daemon_until_the_task_is_over()
    {
        var command = RunAsync("logs", "-f", "task_1");
        var first = await _daemon.AcceptAsync();
        await AnswerTaskAsync(first, isOver: false);

        // The run is planned and does not exist yet.
        await AnswerTaskAsync(first, isOver: false, "run_1");
        var early = await first.ReadReadAsync(Uri("run_1", 0, 1));
        await first.SayAsync($$$"""{"jsonrpc":"2.0","id":{{{early["id"]!.ToJsonString()}}},"error":{"code":-32602,"message":"Run 'run_1' is not known."}}""");
        await AnswerTaskAsync(first, isOver: false, "run_1");
        await AnswerPageAsync(first, "run_1", 0, 1, isOver: false);
        await AnswerPageAsync(first, "run_1", 0, 1000, isOver: false, "one");
        await AnswerPageAsync(first, "run_1", 9, 1000, isOver: false);
        await first.ReadReadAsync(Uri("run_1", 9, 1000));
        await first.CloseAsync();

        var second = await _daemon.AcceptAsync();
        await AnswerPageAsync(second, "run_1", 9, 1000, isOver: true, "more");

        // Two attempts came and went meanwhile.
        foreach (var (run, isOver) in new[] { ("run_2", false), ("run_3", true) })
        {
            await AnswerTaskAsync(second, isOver, "run_1", "run_2", "run_3");
            await AnswerPageAsync(second, run, 0, 1, isOver: true);
            await AnswerPageAsync(second, run, 0, 1000, isOver: true, run);
            await AnswerPageAsync(second, run, 9, 1000, isOver: true);
        }

        await AnswerTaskAsync(second, isOver: true, "run_1", "run_2", "run_3");

        Assert.Equal(0, await command);
        Assert.Equal("one\nmore\nrun_2\nrun_3\n", _out.ToString());
        Assert.Equal("mcpworkers: The connection to the daemon was lost; connecting again.\nmcpworkers: Connected again.\n-- run_2\n-- run_3\n", _error.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static JsonObject TaskOf(string id, string status = "waiting", params string[] runs) => new()
    {
        ["task_id"] = id,
        ["status"] = status,
        ["attempts"] = new JsonArray([.. runs.Select((run, i) => (JsonNode)new JsonObject { ["number"] = i + 1, ["run_id"] = run })]),
    };

    private static JsonObject Waited(bool isOver, params JsonObject[] tasks) => new() { ["over"] = isOver, ["tasks"] = new JsonArray([.. tasks]) };

    private static async Task AnswerTaskAsync(FakeConnection daemon, bool isOver, params string[] runs) =>
        await daemon.AnswerCallAsync(await daemon.ReadCallAsync("task_wait"), Waited(isOver, TaskOf("task_1", isOver ? "failed" : "running", runs)));

    private static string Uri(string run, long cursor, int lines) => $"mcpworkers://runs/{run}/log?cursor={cursor}&lines={lines}";

    private static async Task AnswerPageAsync(FakeConnection daemon, string run, long cursor, int lines, bool isOver, params string[] texts) =>
        await daemon.AnswerReadAsync(await daemon.ReadReadAsync(Uri(run, cursor, lines)), new JsonObject
        {
            ["lines"] = new JsonArray([.. texts.Select((text, i) => (JsonNode)new JsonObject { ["offset"] = cursor + i, ["kind"] = "text", ["text"] = text })]),
            ["cursor"] = cursor,
            ["next_cursor"] = texts.Length > 0 ? cursor + 9 : cursor,
            ["over"] = isOver,
        }.ToJsonString());

    private string FileOf(string tasks)
    {
        string path = Path.Combine(_folder, "tasks.yaml");
        File.WriteAllText(path, tasks);
        return path;
    }

    private Task<int> RunAsync(params string[] args) => CliApp.RunAsync(["tasks", .. args], new CliEnvironment
    {
        Out = _out,
        Error = TextWriter.Synchronized(_error),
        In = TextReader.Null,
        Width = 100,
        WorkingDirectory = _folder,
        Engine = (_, _) => throw new InvalidOperationException(),
        Door = _ => _daemon.OpenAsync,
        OutBytes = () => Stream.Null,
        Mcp = (_, _, _) => throw new InvalidOperationException(),
        Settings = _ => throw new InvalidOperationException(),
        Doctor = (_, _) => throw new InvalidOperationException(),
    });
}
