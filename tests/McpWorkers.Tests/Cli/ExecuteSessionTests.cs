using System.Text.Json.Nodes;
using McpWorkers.Cli;
using McpWorkers.Daemon;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using Xunit;

namespace McpWorkers.Tests.Cli;

/// <summary>The whole command over the real engine; only what would be processes is scripted.</summary>
public sealed class ExecuteSessionTests : IDisposable
{
    private const int TestLimit = 30_000;
    private readonly string _data = Directory.CreateTempSubdirectory("cli-").FullName;
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private Action _interrupt = () => { };

    [Fact(Timeout = TestLimit)]
    public async Task Results_go_to_standard_output_and_progress_to_standard_error()
    {
        Assert.Equal(0, await RunAsync(new ScriptedLauncher(), "-n", "2", "-p", "hello\u001b[2J"));

        const string Block = "== term_[0-9a-f]{12} · completed · 1\\.5 s · 1,234 tokens ==\n\\(simulated: .*\\)\nhello\\\\e\\[2J\n\n";
        Assert.Matches($"^({Block}){{2}}$", _out.ToString());
        Assert.Matches("(?m)^term_[0-9a-f]{12} starting \\(echo, simulated\\)$", _error.ToString());
        Assert.Matches("(?m)^term_[0-9a-f]{12} completed after 1\\.5 s, 1,234 tokens$", _error.ToString());
        Assert.EndsWith("2 workers: 2 completed.\n", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Json_is_one_array_and_nothing_else()
    {
        Assert.Equal(1, await RunAsync(new ScriptedLauncher(), "-n", "2", "-p", "fail \u2028 ünï", "--json"));

        var results = JsonNode.Parse(_out.ToString())!.AsArray();
        Assert.Equal(2, results.Count);
        Assert.Equal(
            ["worker_id", "status", "output", "error", "exit_code", "duration_seconds", "has_output", "metadata"],
            results[0]!.AsObject().Select(field => field.Key));
        Assert.Equal(("failed", "fail \u2028 ünï", "it failed"), ((string)results[0]!["status"]!, (string)results[0]!["output"]!, (string)results[0]!["error"]!));
    }

    [Fact(Timeout = TestLimit)]
    public async Task Ctrl_C_stops_the_runs_says_which_and_prints_what_was_said()
    {
        var launcher = new ScriptedLauncher(endsOn: static _ => true) { Expected = 3 };
        var command = RunAsync(launcher, "-n", "3", "-p", "so far", "--json");
        await launcher.AllRun.Task;
        _interrupt();

        Assert.Equal(130, await command);
        Assert.Contains("Stopping 3 of 3 workers. Interrupt again to kill them at once.\n", _error.ToString(), StringComparison.Ordinal);
        var results = JsonNode.Parse(_out.ToString())!.AsArray();
        Assert.All(results, result =>
        {
            Assert.Equal(("cancelled", "so far"), ((string)result!["status"]!, (string)result["output"]!));
            Assert.Contains($"Stopped {result["worker_id"]} (echo).\n", _error.ToString(), StringComparison.Ordinal);
        });
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_second_Ctrl_C_kills_at_once()
    {
        var launcher = new ScriptedLauncher(endsOn: static plan => plan == StopPlan.KillNow);
        var command = RunAsync(launcher, "-p", "stubborn");
        await launcher.AllRun.Task;
        _interrupt();
        _interrupt();

        Assert.Equal(130, await command.WaitAsync(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken));
        Assert.Contains("Killing them.\n", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Workers_that_do_not_stop_when_asked_are_killed_within_five_seconds()
    {
        var launcher = new ScriptedLauncher(endsOn: static plan => plan == StopPlan.KillNow);
        var command = RunAsync(launcher, "-p", "stubborn");
        await launcher.AllRun.Task;
        _interrupt();

        Assert.Equal(130, await command.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken));
        Assert.Contains("They do not stop when asked: killing them.\n", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_terminal_gets_a_table_that_is_drawn_over_itself()
    {
        Assert.Equal(0, await RunAsync(new ScriptedLauncher(), terminal: true, "-n", "3", "-p", "hello\u001b[2J [red]"));

        string shown = _error.ToString();
        Assert.Contains("Worker", shown, StringComparison.Ordinal);
        Assert.Contains("1,234", shown, StringComparison.Ordinal);
        Assert.Contains("(simulated) hello", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[2J", shown, StringComparison.Ordinal);
        Assert.DoesNotMatch("\u001b\\[[0-9;]*m", shown);
        Assert.Contains("\u001b[?25h", shown, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Results_that_standard_output_does_not_take_are_said_to_lie_in_their_run_directory()
    {
        var environment = Environment(new ScriptedLauncher(), terminal: false) with { Out = new StreamWriter(new FullStream()) { AutoFlush = true } };

        Assert.Equal(1, await CliApp.RunAsync(["workers", "execute", "-p", "x"], environment));
        Assert.Contains("mcpworkers: the results could not be written to standard output: No space left\n", _error.ToString(), StringComparison.Ordinal);
        Assert.Matches("(?m)^The result of term_[0-9a-f]{12} is in .*/run_[0-9a-f]{16}\\.$", _error.ToString());
        Assert.DoesNotContain("bug", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Progress_that_nobody_can_read_costs_no_result()
    {
        var error = new StreamWriter(new ToleratedStream(new FullStream())) { AutoFlush = true };
        var environment = Environment(new ScriptedLauncher(), terminal: false) with { Error = TextWriter.Synchronized(error) };

        Assert.Equal(0, await CliApp.RunAsync(["workers", "execute", "-p", "hello"], environment));
        Assert.Contains("\nhello\n", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task An_unknown_type_is_refused_before_anything_runs()
    {
        Assert.Equal(2, await RunAsync(new ScriptedLauncher(), "-t", "terminal-qwem", "-p", "x", "--json"));
        Assert.Equal("mcpworkers: Worker type 'terminal-qwem' is not known. Known: echo.\n", _error.ToString());
        Assert.Empty(_out.ToString());
    }

    [Fact(Timeout = TestLimit)]
    public async Task Types_are_shown_with_the_flags_that_their_permission_gives()
    {
        Assert.Equal(0, await CliApp.RunAsync(["workers", "types"], Environment(new ScriptedLauncher(), terminal: false)));
        Assert.Equal(
            "echo (default)\n  agent       simulated\n  installed   /bin/echo-agent\n  permission  edit: --mode edit\n"
            + "  model       the agent's own\n  can         no resume, no MCP servers, no token usage, no cost\n\n",
            _out.ToString());
    }

    public void Dispose() => Directory.Delete(_data, recursive: true);

    private Task<int> RunAsync(ScriptedLauncher launcher, params string[] args) => RunAsync(launcher, terminal: false, args);

    private Task<int> RunAsync(ScriptedLauncher launcher, bool terminal, params string[] args) =>
        CliApp.RunAsync(["workers", "execute", .. args], Environment(launcher, terminal));

    private CliEnvironment Environment(ScriptedLauncher launcher, bool terminal) => new()
    {
        Out = _out,
        Error = TextWriter.Synchronized(_error),
        In = TextReader.Null,
        ErrorIsTerminal = terminal,
        Width = 100,
        Height = 24,
        Variables = new Dictionary<string, string> { ["NO_COLOR"] = "1" },
        WorkingDirectory = _data,
        OnInterrupt = asked =>
        {
            _interrupt = asked;
            return new StringReader("");
        },
        Engine = (_, _) => Task.FromResult(ManagerOver(launcher)),
        Door = _ => _ => Task.FromResult(InProcessDoor.Open(
            ManagerOver(launcher), new Caller { Kind = "cli" }, TextWriter.Null, TimeProvider.System, endsManager: true)),
        OutBytes = () => Stream.Null,
        Mcp = (_, _, _) => throw new InvalidOperationException(),
        Settings = _ => throw new InvalidOperationException(),
        Doctor = (_, _) => throw new InvalidOperationException(),
    };

    private WorkerManager ManagerOver(ScriptedLauncher launcher) => new(
        new HostSettings
        {
            DataDirectory = Path.Combine(_data, "data"),
            DefaultType = "echo",
            WorkerTypes = [new WorkerType { Name = "echo", Agent = "simulated" }],
        },
        new AgentCatalog([new EchoAgent()]), launcher, static (name, _) => "/bin/" + name, TimeProvider.System);
}
