using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Runs;
using McpWorkers.Tests.Tasks;
using Xunit;

namespace McpWorkers.Tests.Workers.Runs;

public sealed class RunHoldsTests
{
    private readonly HandTime _time = new();
    private readonly RunHolds _holds;

    public RunHoldsTests() => _holds = new RunHolds(TimeSpan.FromSeconds(100), _time);

    [Fact]
    public void Nothing_asked_is_nothing_held()
    {
        _time.Pass(TimeSpan.FromHours(1));
        Assert.Equal((TimeSpan.Zero, false, false), (_holds.Total, _holds.IsHeld, _holds.HasAsked));
    }

    [Fact]
    public void A_run_is_held_until_its_request_is_decided()
    {
        var asked = Ask("a");
        Pass(10);
        Assert.Equal((Seconds(10), true), (_holds.Total, _holds.IsHeld));
        Decide(asked);
        Pass(10);
        Assert.Equal((Seconds(10), false, true), (_holds.Total, _holds.IsHeld, _holds.HasAsked));
    }

    [Fact]
    public void What_is_held_twice_at_once_counts_once()
    {
        var first = Ask("a");
        Pass(10);
        var second = Ask("b");
        Pass(10);
        Decide(first);
        Pass(10);
        Decide(second);
        Pass(10);
        var third = Ask("c");
        Pass(5);
        Assert.Equal((Seconds(35), true), (_holds.Total, _holds.IsHeld));
        Decide(third);
        Assert.Equal((Seconds(35), false), (_holds.Total, _holds.IsHeld));
    }

    [Fact]
    public void A_call_is_held_no_longer_than_its_limit()
    {
        var asked = Ask("a");
        Pass(150);
        Assert.Equal((Seconds(100), false), (_holds.Total, _holds.IsHeld));
        Decide(asked);
        Assert.Equal(Seconds(100), _holds.Total);
    }

    [Fact]
    public void A_host_after_this_one_comes_to_the_same()
    {
        var asked = Ask("a");
        Pass(30);
        Decide(asked);
        Pass(5);
        var open = Ask("b");
        Pass(7);
        var next = new RunHolds(TimeSpan.FromSeconds(100), _time);
        next.Note(asked with { Decided = asked.Created + Seconds(30) });
        next.Note(open);
        Assert.Equal((Seconds(37), true), (next.Total, next.IsHeld));
        Assert.Equal((_holds.Total, _holds.IsHeld), (next.Total, next.IsHeld));
    }

    [Fact]
    public void What_a_rule_decided_held_nobody_and_a_budget_neither()
    {
        var now = _time.GetUtcNow();
        _holds.Note(Request("a") with { Decided = now });
        _holds.Note(Request("b") with { Kind = RequestKind.Budget });
        Pass(10);
        Assert.Equal((TimeSpan.Zero, false, true), (_holds.Total, _holds.IsHeld, _holds.HasAsked));
    }

    [Fact]
    public void How_long_it_has_not_been_held_counts_from_the_last_decision_and_from_the_limit()
    {
        Assert.Null(_holds.Since);
        var first = Ask("a");
        Pass(10);
        Assert.Equal(TimeSpan.Zero, _holds.Since);
        Decide(first);
        Pass(5);
        Assert.Equal(Seconds(5), _holds.Since);
        Ask("b");
        Assert.Equal(TimeSpan.Zero, _holds.Since);
        Pass(130);
        Assert.Equal(Seconds(30), _holds.Since);
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private void Pass(int seconds) => _time.Pass(Seconds(seconds));

    private WorkerRequest Ask(string name)
    {
        var request = Request(name);
        _holds.Note(request);
        return request;
    }

    private void Decide(WorkerRequest request) => _holds.Note(request with { Decided = _time.GetUtcNow() });

    private WorkerRequest Request(string name) => new()
    {
        RequestId = name, Kind = RequestKind.Question, Key = name, Text = "?", Digest = "", Created = _time.GetUtcNow(), Expires = _time.GetUtcNow(),
    };
}
