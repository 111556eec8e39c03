using System.Text;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using McpWorkers.Engine.Storage.Memory;
using McpWorkers.Engine.Workers.Runs;
using McpWorkers.Tests.Tasks;
using Xunit;

namespace McpWorkers.Tests.Workers.Runs;

/// <summary>What a run's words about limits do to its pool and to its own end.</summary>
public sealed class RunQuotaTests : IAsyncDisposable
{
    private const string Limit = "rate limit exceeded; resets in 300 seconds";

    private readonly HandTime _time = new();
    private readonly PoolGate _gate;

    public RunQuotaTests() => _gate = new(new QuotaSettings(), new MemoryStore().Breakers, new(), _time, () => 0);

    private Breaker? Held => _gate.HoldOf("p")?.Breaker;

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    public void What_stood_on_standard_error_before_this_host_looked_holds_nothing_and_ends_nothing()
    {
        var quota = Quota("command");
        quota.CatchUp(0, 100);
        Error(quota, 60, Limit);
        Assert.Null(Held);
        Pass(3600);
        Assert.Null(quota.Look(isBusy: false));
        Assert.IsType<RunOutcome.Completed>(quota.Conclude(new RunOutcome.Completed(), End(), Summary("")));

        Error(quota, 100, Limit);
        Assert.Equal(300, (Held!.Until - Held.Opened).TotalSeconds);
    }

    [Fact]
    public void What_an_earlier_host_read_on_standard_output_counts_only_where_it_names_a_time()
    {
        var quota = Quota("claude");
        quota.CatchUp(1000, 0);
        quota.At(0);
        quota.Take(new AgentEvent.Error("You've hit your session limit"));
        quota.Take(new AgentEvent.RateLimited("for a while", null) { ResetsIn = TimeSpan.FromMinutes(5) });
        Assert.Null(Held);
        quota.At(500);
        quota.Take(new AgentEvent.RateLimited("until then", _time.GetUtcNow().AddMinutes(7)));
        Assert.Equal(_time.GetUtcNow().AddMinutes(7), Held?.Until);
    }

    [Theory]
    [InlineData("in 3 days 4 hours 5 minutes.")]
    [InlineData("at 2:38 PM.")]
    public void An_end_that_counts_from_when_it_was_said_means_nothing_once_nobody_knows_when_that_was(string end)
    {
        var said = new AgentEvent.Error("You've hit your usage limit. Upgrade to Pro or try again " + end);
        var quota = Quota("codex");
        quota.CatchUp(1000, 0);
        quota.At(0);
        quota.Take(said);
        Assert.Null(Held);
        quota.At(1000);
        quota.Take(said);
        Assert.True(Held?.IsStated);
    }

    [Fact]
    public async Task What_a_run_says_at_its_end_counts_from_that_end_whenever_it_is_read()
    {
        var rule = new SignalRule { Name = "own", Agent = "command", Source = SignalSource.Exit, Pattern = "slow down for (?<reset>[0-9]+) s", Reset = ResetForm.Seconds };
        await using var gate = new PoolGate(new QuotaSettings { Signals = [rule] }, new MemoryStore().Breakers, new(), _time, () => 0);
        var end = End() with { Started = _time.GetUtcNow().AddHours(-1) };
        var quota = new RunQuota(gate, "p", "run_1", "command", () => null, SecretValues.Of([], []), _time);
        quota.Conclude(new RunOutcome.AgentFailed(FailureKind.Error, "slow down for 7200 s"), end, Summary(""));
        Assert.Equal(_time.GetUtcNow().AddHours(1).AddSeconds(5), gate.HoldOf("p")?.Breaker.Until);
    }

    [Fact]
    public void While_it_waits_for_somebody_or_a_tool_its_patience_stands_still()
    {
        var quota = Quota("claude");
        quota.Take(new AgentEvent.Retrying(1, 10, TimeSpan.FromSeconds(1), 429, "rate_limit"));
        Pass(50);
        for (int minute = 0; minute < 10; minute++)
        {
            Pass(60);
            Assert.Null(quota.Look(isBusy: true));
        }

        Pass(59);
        Assert.Null(quota.Look(isBusy: false));
        Assert.Null(Held);
        Pass(2);
        Assert.Equal(StopKind.RateLimited, quota.Look(isBusy: false)?.Kind);
        Assert.False(Held!.IsStated);
    }

    /// <param name="said">What it said last: a limit, or something of its own after that.</param>
    /// <param name="answer">Its answer; null for an end without a result.</param>
    [Theory]
    [InlineData("limit", "", true)]
    [InlineData("limit", "done", false)]
    [InlineData("limit", null, true)]
    [InlineData("limit text", "", false)]
    [InlineData("limit tool", null, false)]
    [InlineData("text limit", "", true)]
    [InlineData("text limit", null, true)]
    public void A_limit_that_still_stands_decides_how_the_run_ended(string said, string? answer, bool isLimited)
    {
        var quota = Quota("claude");
        foreach (string word in said.Split(' '))
        {
            quota.Take(word switch
            {
                "limit" => new AgentEvent.Retrying(1, 10, TimeSpan.FromSeconds(1), 429, "rate_limit"),
                "tool" => new AgentEvent.ToolCall("1", "Bash", "{}"),
                _ => (AgentEvent)new AgentEvent.Text("hello", Partial: false),
            });
            Pass(2);
        }

        RunOutcome before = answer is null ? new RunOutcome.AgentFailed(FailureKind.Error, "it broke") : new RunOutcome.Completed();
        var after = quota.Conclude(before, End(), Summary(answer ?? ""));
        Assert.Equal(isLimited, after is RunOutcome.AgentFailed { Kind: FailureKind.RateLimited });
        Assert.Equal(isLimited, Held is not null);
        if (!isLimited)
        {
            Assert.Same(before, after);
        }
    }

    [Fact]
    public void A_good_end_of_the_probe_closes_its_pool_and_a_stop_by_hand_says_nothing()
    {
        _gate.Limited("p", ("run_0", null), new("s", "m", _time.GetUtcNow().AddSeconds(10)), _time.GetUtcNow());
        Pass(11);
        Assert.True(_gate.TryBegin("p", "run_1"));
        var quota = Quota("claude");
        Assert.IsType<RunOutcome.Cancelled>(quota.Conclude(new RunOutcome.Cancelled("enough"), End(), Summary("")));
        Assert.NotNull(Held);
        quota.Conclude(new RunOutcome.Completed(), End(), Summary("done"));
        Assert.Null(Held);
    }

    private RunQuota Quota(string agent) => new(_gate, "p", "run_1", agent, () => null, SecretValues.Of([], []), _time);

    private static void Error(RunQuota quota, long offset, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        quota.TakeError(new OutputLine { Bytes = bytes, Offset = offset, FullLength = bytes.Length });
    }

    private ExecutionEnd End() => new()
    {
        Exit = new ExitStatus.Code(0),
        Started = _time.GetUtcNow().AddSeconds(-5),
        Duration = TimeSpan.FromSeconds(5),
        Output = new(0, 0, 0, 0, false),
    };

    private static AgentSummary Summary(string text) => new() { Verdict = new AgentVerdict.Good(), Text = text, Lines = default };

    private void Pass(double seconds) => _time.Pass(TimeSpan.FromSeconds(seconds));
}
