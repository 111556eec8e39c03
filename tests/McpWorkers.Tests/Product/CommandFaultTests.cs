using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>What programs do to whoever starts them, through the built product: a worker type runs a shell script.</summary>
public sealed class CommandFaultTests
{
    private const int TestLimit = 60_000;
    private const string Type = "script";

    private static readonly JsonObject ShortBounds = new()
    {
        ["first_output_seconds"] = 3,
        ["silence_seconds"] = 3,
        ["silence_in_tool_seconds"] = 3,
        ["after_result_seconds"] = 3,
        ["output_bytes_max"] = 2_000_000,
    };

    [Fact(Timeout = TestLimit)]
    public async Task A_program_gets_the_prompt_on_standard_input_and_its_output_is_the_answer()
    {
        var result = await RunAsync("cat", prompt: "first line\nsecond: ünï");

        result.AssertCompleted();
        Assert.Equal("first line\nsecond: ünï", result.Output().TrimEnd('\n'));
    }

    [Fact(Timeout = TestLimit)]
    public async Task An_exit_code_is_a_failure_and_is_told()
    {
        var result = await RunAsync("echo said; exit 7");

        Assert.Equal(("failed", "agent_failed"), (result.Status(), result.Outcome()));
        Assert.Equal(7, result["exit_code"]!.GetValue<int>());
        Assert.Equal("said", result.Output().Trim());
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_death_by_signal_is_told_by_its_name()
    {
        var result = await RunAsync("echo said; kill -SEGV $$");

        Assert.Equal("failed", result.Status());
        Assert.Equal(139, result["exit_code"]!.GetValue<int>());
        Assert.Equal("SIGSEGV", result.Metadata()["signal"]!.GetValue<string>());
    }

    [Fact(Timeout = TestLimit)]
    public async Task Grandchildren_are_gone_with_the_run_also_those_in_sessions_of_their_own()
    {
        LiveProcesses.NeedsProc();
        string sleep = $"sleep 3133.{Random.Shared.Next(1000, 9999)}";

        var result = await RunAsync($"setsid -f {sleep}1; (setsid sh -c '{sleep}2 & exit'); {sleep}3 & echo done");

        result.AssertCompleted();
        Assert.Equal("done", result.Output().Trim());
        Assert.Empty(LiveProcesses.WithCommand(sleep));
        Assert.True(result.Duration() < TimeSpan.FromSeconds(15), result.Shown());
    }

    [Fact(Timeout = TestLimit)]
    public async Task Much_standard_error_blocks_nothing()
    {
        var result = await RunAsync("head -c 300000 /dev/zero | tr '\\0' e >&2; echo done");

        result.AssertCompleted();
        Assert.Equal("done", result.Output().Trim());
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_run_is_over_at_its_exit_not_when_its_output_is_closed()
    {
        var result = await RunAsync("echo done; exec 1>&- 2>&-; sleep 1");

        result.AssertCompleted();
        Assert.True(result.Duration() >= TimeSpan.FromSeconds(1), result.Shown());
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_program_that_says_nothing_is_ended()
    {
        var result = await RunAsync("sleep 61");

        Assert.Equal(("timeout", "no_first_output"), (result.Status(), result.Outcome()));
        result.AssertNothingLeft();
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_program_that_falls_silent_is_ended_and_what_it_said_is_kept_also_if_it_ignores_signals()
    {
        var result = await RunAsync("trap '' INT TERM HUP; echo said; while :; do sleep 1; done");

        Assert.Equal(("timeout", "silence"), (result.Status(), result.Outcome()));
        Assert.Equal("said", result.Output().Trim());
        result.AssertNothingLeft();
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_flood_of_output_is_ended_at_its_limit()
    {
        var result = await RunAsync("yes");

        Assert.Equal(("failed", "output_limit"), (result.Status(), result.Outcome()));
        Assert.True(result.Count("output_bytes") >= 2_000_000, result.Shown());
        result.AssertNothingLeft();
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_program_inherits_no_file_of_the_hosts()
    {
        LiveProcesses.NeedsProc();

        // 3 is the directory that ls itself reads.
        var result = await RunAsync("ls /proc/self/fd");

        Assert.Equal(["0", "1", "2", "3"], result.Output().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_missing_executable_is_refused_by_name()
    {
        using var home = HomeOf("/nonexistent/agent");

        var end = await ProductCommand.RunAsync(home, TimeSpan.FromSeconds(30), "workers", "execute", "-t", Type, "-p", "go", "--json");

        Assert.NotEqual(0, end.ExitCode);
        Assert.Contains("/nonexistent/agent", end.Stderr + end.Stdout);
        Assert.Empty(home.RunDirectories());
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_worker_sees_no_variable_of_the_hosts_session_and_no_key_of_another_agent()
    {
        using var home = HomeOf("sh", "-c", "env");
        home.Set("CLAUDECODE", "1");
        home.Set("OPENAI_API_KEY", "sk-canary-of-the-tests");
        home.Set("MCPWORKERS_MAX_WORKERS", "150");
        home.Set("PLAIN_VARIABLE", "passes");

        var seen = Assert.Single((await ExecuteAsync(home, "go")).Results).Output();

        Assert.Contains("PLAIN_VARIABLE=passes", seen);
        Assert.DoesNotContain("CLAUDECODE", seen);
        Assert.DoesNotContain("sk-canary-of-the-tests", seen);
        Assert.DoesNotContain("MCPWORKERS_MAX_WORKERS", seen);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_prompt_stands_in_no_command_line()
    {
        LiveProcesses.NeedsProc();
        string canary = $"canary-{Random.Shared.NextInt64():x}";
        using var home = HomeOf("sh", "-c", "cat >/dev/null; echo started; sleep 1");
        await using var mcp = await ProductMcp.StartAsync(home);
        string worker = await mcp.SpawnAsync(Type);

        var running = mcp.CallAsync("worker_execute", ("worker_id", worker), ("prompt", canary), ("timeout", 30));
        await LiveProcesses.UntilAsync(() => home.Output().Contains("started", StringComparison.Ordinal), TimeSpan.FromSeconds(20), "the program runs");

        Assert.Empty(LiveProcesses.WithCommand(canary));
        ((JsonObject)await running).AssertCompleted();
    }

    private static async Task<JsonObject> RunAsync(string script, string prompt = "go")
    {
        using var home = HomeOf("sh", "-c", script);
        return Assert.Single((await ExecuteAsync(home, prompt)).Results);
    }

    private static Task<CommandEnd> ExecuteAsync(ProductHome home, string prompt) => ProductInside.RunAsync(
        home, TimeSpan.FromSeconds(50), "workers", "execute", "-t", Type, "-p", prompt, "-T", "30", "--json");

    private static ProductHome HomeOf(params string[] command)
    {
        var home = new ProductHome();
        home.WriteWorkerTypes(new JsonObject
        {
            ["name"] = Type,
            ["agent"] = "command",
            ["command_template"] = new JsonArray([.. command.Select(word => (JsonNode)word)]),
            ["bounds"] = ShortBounds.DeepClone(),
        });
        return home;
    }
}
