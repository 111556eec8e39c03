using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>
/// Every fault of the simulated agent, through the built product: each ends in its own outcome, within its bound, and leaves no process.
/// The directives are those of docs/simulated-agent.md.
/// </summary>
public sealed class SimulatedFaultTests
{
    private const int TestLimit = 60_000;

    private static readonly JsonObject ShortBounds = new()
    {
        ["first_output_seconds"] = 4,
        ["silence_seconds"] = 4,
        ["silence_in_tool_seconds"] = 4,
        ["after_result_seconds"] = 2,
        ["output_bytes_max"] = 20_000_000,
        ["line_bytes_max"] = 100_000,
    };

    /// <summary>Longer than any bound, so that a run which ended earlier was ended by its bound.</summary>
    private static readonly TimeSpan BoundsAndStop = TimeSpan.FromSeconds(20);

    public static TheoryData<string, string, string> Failures => new()
    {
        { "[[exit:7]]", "failed", "agent_failed" },
        { "[[error:it broke]]", "failed", "agent_failed" },
        { "[[silence:300]]", "timeout", "silence" },
        { "[[no-output:300]]", "timeout", "no_first_output" },
        { "[[half-line]]", "failed", "truncated" },
        { "[[close-output:300]]", "timeout", "silence" },
        { "[[ignore-interrupt]] [[silence:300]]", "timeout", "silence" },
        { "[[ignore-interrupt]] [[ignore-terminate]] [[silence:300]]", "timeout", "silence" },
    };

    public static TheoryData<string> Successes => new()
    {
        "[[huge-line:1000000]]",
        "[[bad-utf8]]",
        "[[garbage]]",
        "[[grandchild:300]]",
        "[[grandchild-setsid:300]]",
        "[[forks:50:300]]",
        "[[memory:100]]",
        "[[linger:300]]",
        "[[rate-limit]]",
    };

    [Theory(Timeout = TestLimit), MemberData(nameof(Failures))]
    public async Task A_fault_ends_in_its_own_outcome(string prompt, string status, string outcome)
    {
        var (result, exitCode) = await RunAsync(prompt);

        Assert.True((result.Status(), result.Outcome()) == (status, outcome), result.Shown());
        Assert.Equal(status == "timeout" ? 124 : 1, exitCode);
        Assert.False(string.IsNullOrEmpty(result["error"]?.GetValue<string>()), result.Shown());
    }

    [Theory(Timeout = TestLimit), MemberData(nameof(Successes))]
    public async Task What_a_program_does_besides_its_answer_takes_nothing_from_it(string prompt)
    {
        var (result, exitCode) = await RunAsync(prompt);

        Assert.True(result.Status() == "completed", result.Shown());
        Assert.Equal(0, exitCode);
        Assert.NotEmpty(result.Output());
    }

    [Theory(Timeout = TestLimit)]
    [InlineData("[[huge-line:1000000]]", "shortened")]
    [InlineData("[[bad-utf8]]", "invalid_utf8")]
    [InlineData("[[garbage]]", "not_json")]
    [InlineData("[[half-line]]", "unterminated")]
    public async Task Odd_lines_are_counted(string prompt, string counter)
    {
        var (result, _) = await RunAsync(prompt);

        Assert.True(result.Metadata()["lines"]![counter]!.GetValue<long>() >= 1, result.Shown());
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_run_that_does_not_go_after_its_result_is_ended_and_its_result_stands()
    {
        var (result, _) = await RunAsync("[[linger:300]]");

        Assert.True(result.Status() == "completed" && result.Metadata()["forced_exit"]!.GetValue<bool>(), result.Shown());
    }

    [Fact(Timeout = TestLimit)]
    public async Task Processes_left_behind_are_counted()
    {
        var (result, _) = await RunAsync("[[grandchild:300]] [[grandchild-setsid:300]]");

        Assert.True(result.Count("leftovers_killed") >= 2, result.Shown());
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_rate_limit_is_told_with_its_reset_time()
    {
        var (result, _) = await RunAsync("[[rate-limit]]");

        Assert.True(DateTimeOffset.TryParse(
            result.Metadata()["rate_limit"]?["resets_at"]?.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture, out _), result.Shown());
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_simulated_result_says_so()
    {
        var (result, _) = await RunAsync("Summarise this folder");

        Assert.True(result.Metadata()["simulated"]!.GetValue<bool>());
    }

    /// <summary>Runs a prompt; whatever came of it, it came within the bounds and nothing is left.</summary>
    private static async Task<(JsonObject Result, int ExitCode)> RunAsync(string prompt)
    {
        using var home = new ProductHome();
        home.WriteHostSettings(new() { ["bounds"] = ShortBounds.DeepClone() });

        var end = await ProductCommand.RunAsync(
            home, TimeSpan.FromSeconds(50), "workers", "execute", "-t", "simulated", "-p", prompt, "-T", "40", "--json");

        var result = Assert.Single(end.Results);
        Assert.True(result.Duration() < BoundsAndStop, result.Shown());
        result.AssertNothingLeft();
        Assert.Empty(LiveProcesses.Under(home.Root));
        return (result, end.ExitCode);
    }
}
