using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Cli;
using McpWorkers.Tests.Mcp.Client;
using Xunit;

namespace McpWorkers.Tests.Cli.Verbs;

/// <summary>Against a daemon that says what the test wants, so that pages, ends and losses come when they should.</summary>
public sealed class LogsTests : IAsyncDisposable
{
    private const int TestLimit = 30_000;
    private const string Worker = "term_aaaaaaaaaaaa";

    private readonly FakeDaemon _daemon = new();
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private Action _interrupt = () => { };

    [Fact(Timeout = TestLimit)]
    public async Task A_runs_log_is_read_page_by_page_to_its_end()
    {
        var command = RunAsync("logs", "run_1");
        var daemon = await _daemon.AcceptAsync();
        await AnswerPageAsync(daemon, "run_1", 0, next: 50, over: false, ("text", "one\nmore"), ("tool_call", "Bash ls"));
        await AnswerPageAsync(daemon, "run_1", 50, next: 90, over: true, ("error", "no\u001b]0;title\a"));

        Assert.Equal(0, await command);
        Assert.Equal("one\nmore\n[tool_call] Bash ls\n[error] no\\e]0;title\\a\n", _out.ToString());
    }

    [Fact(Timeout = TestLimit)]
    public async Task Control_characters_never_reach_a_terminal()
    {
        var command = RunAsync(environment => environment with { OutIsTerminal = true }, ["logs", "run_1"]);
        var daemon = await _daemon.AcceptAsync();
        await AnswerPageAsync(daemon, "run_1", 0, next: 9, over: true, ("text", "\u001b[2J"));

        Assert.Equal(0, await command);
        Assert.Equal("\\e[2J\n", _out.ToString());
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("--text", "one\nmore\n")]
    [InlineData("--tools", "[tool_call] Bash ls\n[tool_error] no\n")]
    public async Task Entries_of_one_kind_can_be_shown_alone(string option, string shown)
    {
        var command = RunAsync("logs", "run_1", option);
        var daemon = await _daemon.AcceptAsync();
        await AnswerPageAsync(
            daemon, "run_1", 0, next: 50, over: true, ("text", "one\nmore"), ("tool_call", "Bash ls"), ("thinking", "hm"), ("tool_error", "no"), ("result", "success"));

        Assert.Equal(0, await command);
        Assert.Equal(shown, _out.ToString());
    }

    [Theory(Timeout = TestLimit)]
    [InlineData(false, "{\"a\":\"\u001b[2Jü\"}\n")]
    [InlineData(true, "{\"a\":\"\\e[2Jü\"}\n")]
    public async Task Raw_is_what_was_written_byte_for_byte_but_visible_on_a_terminal(bool terminal, string shown)
    {
        using var bytes = new MemoryStream();
        var command = RunAsync(environment => environment with { OutIsTerminal = terminal, OutBytes = () => bytes }, ["logs", "run_1", "--raw", "-f"]);
        var daemon = await _daemon.AcceptAsync();
        byte[] written = Encoding.UTF8.GetBytes("{\"a\":\"\u001b[2Jü\"}\n");

        // In the middle of a character.
        await AnswerRawAsync(daemon, 0, written.AsMemory(0, 12), over: false);
        await AnswerRawAsync(daemon, 12, default, over: false);
        await AnswerRawAsync(daemon, 12, written.AsMemory(12), over: true);

        Assert.Equal(0, await command);
        Assert.Equal(shown, _out + Encoding.UTF8.GetString(bytes.ToArray()));
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("--raw", "--text")]
    [InlineData("--text", "--tools")]
    [InlineData("--raw", "--json")]
    [InlineData("--raw", "-n", "3")]
    public async Task Options_that_say_nothing_together_are_refused(params string[] options)
    {
        Assert.Equal(2, await RunAsync(["logs", "run_1", .. options]));
        Assert.Contains(options[0], _error.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Only_the_last_entries_are_shown_where_so_asked()
    {
        var command = RunAsync("logs", "run_1", "-n", "2");
        var daemon = await _daemon.AcceptAsync();
        await AnswerPageAsync(daemon, "run_1", 0, next: 30, over: false, ("text", "1"), ("text", "2"), ("text", "3"));
        await AnswerPageAsync(daemon, "run_1", 30, next: 30, over: false);

        Assert.Equal(0, await command);
        Assert.Equal("2\n3\n", _out.ToString());
    }

    [Fact(Timeout = TestLimit)]
    public async Task Json_is_an_object_a_line()
    {
        var command = RunAsync("logs", "run_1", "--json");
        var daemon = await _daemon.AcceptAsync();
        await AnswerPageAsync(daemon, "run_1", 0, next: 9, over: true, ("text", "\u001b[2J ü"), ("result", "done"));

        Assert.Equal(0, await command);
        Assert.Equal(
            "{\"run_id\":\"run_1\",\"offset\":0,\"kind\":\"text\",\"text\":\"\\u001B[2J ü\"}\n{\"run_id\":\"run_1\",\"offset\":1,\"kind\":\"result\",\"text\":\"done\"}\n",
            _out.ToString());
    }

    [Fact(Timeout = TestLimit)]
    public async Task Following_a_run_shows_what_comes_survives_a_daemon_and_ends_with_the_run()
    {
        var command = RunAsync("logs", "-f", "run_1");
        var first = await _daemon.AcceptAsync();
        await AnswerPageAsync(first, "run_1", 0, next: 10, over: false, ("text", "before"));
        await AnswerPageAsync(first, "run_1", 10, next: 10, over: false);
        await first.ReadReadAsync(Uri("run_1", 10));
        await first.CloseAsync();

        var second = await _daemon.AcceptAsync();
        await AnswerPageAsync(second, "run_1", 10, next: 20, over: false, ("text", "after"));
        await AnswerPageAsync(second, "run_1", 20, next: 20, over: true);

        Assert.Equal(0, await command);
        Assert.Equal("before\nafter\n", _out.ToString());
        Assert.Contains("connecting again", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Following_a_worker_goes_on_with_its_next_run_until_it_is_closed()
    {
        var command = RunAsync("logs", "-f", Worker);
        var daemon = await _daemon.AcceptAsync();
        await daemon.AnswerCallAsync(await daemon.ReadCallAsync("worker_monitor"), new JsonObject { [Worker] = "running" });
        await AnswerListAsync(daemon, "run_1");
        await AnswerPageAsync(daemon, "run_1", 0, next: 10, over: true, ("text", "one"));
        await AnswerPageAsync(daemon, "run_1", 10, next: 10, over: true);
        await AnswerListAsync(daemon, "run_1");
        await AnswerListAsync(daemon, "run_2");
        await AnswerPageAsync(daemon, "run_2", 0, next: 10, over: true, ("text", "two"));
        await AnswerPageAsync(daemon, "run_2", 10, next: 10, over: true);
        await daemon.AnswerCallAsync(await daemon.ReadCallAsync("worker_list"), new JsonArray());

        Assert.Equal(0, await command);
        Assert.Equal("one\ntwo\n", _out.ToString());
        Assert.Equal("-- run_2\n", _error.ToString());
    }

    [Fact(Timeout = TestLimit)]
    public async Task Ctrl_C_ends_the_following()
    {
        var command = RunAsync("logs", "-f", "run_1");
        var daemon = await _daemon.AcceptAsync();
        await AnswerPageAsync(daemon, "run_1", 0, next: 0, over: false);
        await daemon.ReadReadAsync(Uri("run_1", 0));

        _interrupt();

        Assert.Equal(130, await command);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_worker_that_has_run_nothing_is_said_to_have_no_log()
    {
        var command = RunAsync("logs", Worker);
        var daemon = await _daemon.AcceptAsync();
        await daemon.AnswerCallAsync(await daemon.ReadCallAsync("worker_monitor"), new JsonObject { [Worker] = "pending" });
        await AnswerListAsync(daemon, null);

        Assert.Equal(2, await command);
        Assert.Equal($"mcpworkers: Worker '{Worker}' has run nothing yet. '--follow' waits for its first run.\n", _error.ToString());
    }

    public ValueTask DisposeAsync() => _daemon.DisposeAsync();

    private static string Uri(string run, long cursor) => $"mcpworkers://runs/{run}/log?cursor={cursor}&lines=1000";

    private static async Task AnswerPageAsync(FakeConnection daemon, string run, long cursor, long next, bool over, params (string Kind, string Text)[] lines) =>
        await daemon.AnswerReadAsync(await daemon.ReadReadAsync(Uri(run, cursor)), new JsonObject
        {
            ["lines"] = new JsonArray([.. lines.Select((line, i) => (JsonNode)new JsonObject { ["offset"] = cursor + i, ["kind"] = line.Kind, ["text"] = line.Text })]),
            ["cursor"] = cursor,
            ["next_cursor"] = next,
            ["over"] = over,
        }.ToJsonString());

    private static async Task AnswerRawAsync(FakeConnection daemon, int cursor, ReadOnlyMemory<byte> bytes, bool over)
    {
        var request = await daemon.ReadAsync();
        Assert.Equal(("mcpworkers/watch/raw", "run_1", cursor), (request["method"]!.ToString(), request["params"]!["run_id"]!.ToString(), (int)request["params"]!["cursor"]!));
        await daemon.AnswerAsync(request, new() { ["bytes"] = Convert.ToBase64String(bytes.Span), ["next_cursor"] = cursor + bytes.Length, ["over"] = over });
    }

    private static async Task AnswerListAsync(FakeConnection daemon, string? run) => await daemon.AnswerCallAsync(
        await daemon.ReadCallAsync("worker_list"),
        new JsonArray(new JsonObject { ["worker_id"] = Worker, ["worker_type"] = "echo", ["status"] = "running", ["run_id"] = run }));

    private Task<int> RunAsync(params string[] args) => RunAsync(environment => environment, args);

    private Task<int> RunAsync(Func<CliEnvironment, CliEnvironment> change, string[] args) => CliApp.RunAsync(["workers", .. args], change(new CliEnvironment
    {
        Out = _out,
        Error = TextWriter.Synchronized(_error),
        In = TextReader.Null,
        Width = 100,
        WorkingDirectory = Path.GetTempPath(),
        OnInterrupt = asked =>
        {
            _interrupt = asked;
            return new StringReader("");
        },
        Engine = (_, _) => throw new InvalidOperationException(),
        Door = _ => _daemon.OpenAsync,
        OutBytes = () => Stream.Null,
        Mcp = (_, _, _) => throw new InvalidOperationException(),
        Settings = _ => throw new InvalidOperationException(),
        Doctor = (_, _) => throw new InvalidOperationException(),
    }));
}
