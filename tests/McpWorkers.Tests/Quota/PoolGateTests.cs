using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using McpWorkers.Engine.Storage.Memory;
using McpWorkers.Tests.Cli;
using McpWorkers.Tests.Tasks;
using Xunit;

namespace McpWorkers.Tests.Quota;

/// <summary>Where runs wait whose pool gives no more.</summary>
public sealed class PoolGateTests : IAsyncDisposable
{
    private readonly HandTime _time = new();
    private readonly MemoryStore _store = new();
    private readonly List<string> _passed = [];
    private readonly List<WorkerEvent> _told = [];
    private PoolGate _gate;

    public PoolGateTests()
    {
        _store.Committed = facts =>
        {
            lock (_told)
            {
                _told.AddRange(facts);
            }
        };
        _gate = NewGate();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    public async Task A_pool_that_is_not_held_lets_everything_pass_at_once()
    {
        var passing = Pass("p", "run_1");
        Assert.True(passing.IsCompletedSuccessfully);
        Assert.True(_gate.TryBegin("p", "run_1"));
        Assert.Empty(_gate.Held);
        await passing;
    }

    [Fact]
    public async Task One_probes_when_the_time_has_come_and_the_others_follow_in_order_once_it_was_answered()
    {
        Limit("run_0", TimeSpan.FromSeconds(20));
        await Until.TrueAsync(() => Told().Count == 1);
        Task<bool>[] all = [.. Enumerable.Range(1, 20).Select(number => Pass("p", $"run_{number}"))];
        Assert.True(Pass("other", "run_x").IsCompletedSuccessfully);
        Go(19);
        Assert.All(_passed, run => Assert.Equal("run_x", run));
        Assert.Equal(["p"], _gate.Held);

        Go(2);
        Assert.Equal(["run_x", "run_1"], _passed);
        Assert.Equal(PoolStand.Probing, _gate.HoldOf("p")!.Stand);
        Assert.True(_gate.TryBegin("p", "run_1"));
        Assert.False(_gate.TryBegin("p", "run_2"));

        _gate.Served("p", ("run_1", _time.GetUtcNow()));
        Assert.Equal(["run_x", .. Enumerable.Range(1, 20).Select(number => $"run_{number}")], _passed);
        Assert.Null(_gate.HoldOf("p"));
        await Task.WhenAll(all);
        await Until.TrueAsync(() => Told().Count == 2);
        Assert.Equal([WorkerEventKind.PoolParked, WorkerEventKind.PoolResumed], Told().Select(fact => fact.Kind));
        Assert.Empty(await _store.Breakers.ListAsync(Token));
    }

    [Fact]
    public void A_probe_that_meets_the_limit_again_holds_the_others_for_longer()
    {
        Limit("run_0", null);
        _ = Pass("p", "run_1");
        _ = Pass("p", "run_2");
        Go(61);
        Assert.Equal(["run_1"], _passed);
        Limit("run_1", null, started: _time.GetUtcNow());
        _gate.Over("p", "run_1");
        Go(299);
        Assert.Equal(["run_1"], _passed);
        Go(2);
        Assert.Equal(["run_1", "run_2"], _passed);
        Assert.Equal(1, _gate.HoldOf("p")!.Breaker.Probes);
    }

    [Fact]
    public async Task Whoever_is_stopped_leaves_the_line_and_a_probe_that_is_stopped_gives_its_turn_away()
    {
        using var stop = new CancellationTokenSource();
        Limit("run_0", TimeSpan.FromSeconds(20));
        var first = Pass("p", "run_1", stop.Token);
        _ = Pass("p", "run_2");
        _ = Pass("p", "run_3");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Go(22);
        Assert.Equal(["run_2"], _passed);

        // It had passed, and was stopped before it was launched.
        _gate.Over("p", "run_2");
        Assert.Equal(["run_2", "run_3"], _passed);
    }

    [Fact]
    public async Task What_is_held_is_held_after_a_restart_too()
    {
        Limit("run_0", TimeSpan.FromMinutes(10));
        await Until.TrueAsync(() => Told().Count == 1);
        await _gate.DisposeAsync();
        _gate = NewGate();
        await _gate.LoadAsync(Token);
        _ = Pass("p", "run_1");
        Go(599);
        Assert.Empty(_passed);
        Go(32);
        Assert.Equal(["run_1"], _passed);

        // Launched by whom, and whether as the probe, nobody knows after another restart: when it was begun says enough.
        await _gate.DisposeAsync();
        _gate = NewGate();
        await _gate.LoadAsync(Token);
        _gate.Served("p", ("run_1", _time.GetUtcNow()));
        Assert.Null(_gate.HoldOf("p"));
    }

    [Fact]
    public void A_probe_without_a_place_gives_way_to_one_that_has_one()
    {
        Limit("run_0", TimeSpan.FromSeconds(20));
        _ = Pass("p", "run_1");
        _ = Pass("p", "run_2");
        Go(22);
        Assert.Equal(["run_1"], _passed);
        Go(3);
        Assert.False(_gate.TryBegin("p", "task_1"));
        Assert.Equal(["p"], _gate.Held);

        Go(3);
        Assert.Empty(_gate.Held);
        Assert.True(_gate.HoldOf("p")!.MayBegin);
        Assert.True(_gate.TryBegin("p", "task_1"));
        Assert.False(_gate.TryBegin("p", "run_1"));
        Assert.False(_gate.TryBegin("p", "task_2"));
        Go(20);
        Assert.Equal(["p"], _gate.Held);
        Assert.Equal((PoolStand.Probing, false), (_gate.HoldOf("p")!.Stand, _gate.HoldOf("p")!.MayBegin));
        _gate.Served("p", ("task_1", _time.GetUtcNow()));
        Assert.Equal(["run_1", "run_2"], _passed);
    }

    /// <param name="begun">When the run that was taken up had begun, in seconds after the limit's end.</param>
    [Theory]
    [InlineData(1, true)]
    [InlineData(-1, false)]
    public async Task A_probe_of_an_earlier_host_stays_the_only_one(int begun, bool isProbe)
    {
        Limit("run_0", TimeSpan.FromSeconds(20));
        await Until.TrueAsync(() => Told().Count == 1);
        await _gate.DisposeAsync();
        Go(30);
        _gate = NewGate();
        await _gate.LoadAsync(Token);
        _gate.StandStill();
        _ = Pass("p", "run_2");
        Go(1);
        Assert.False(_gate.TryBegin("p", "run_3"));
        Assert.Empty(_passed);

        _gate.TakeUp("p", "run_1", _gate.HoldOf("p")!.Breaker.Until.AddSeconds(begun));
        _gate.GoOn();
        Assert.Equal(isProbe ? [] : ["run_2"], _passed);
        Assert.Equal(!isProbe, _gate.TryBegin("p", "run_2"));
        Assert.False(_gate.TryBegin("p", "run_3"));
        _gate.Over("p", "run_1");
        Assert.Equal(["run_2"], _passed);
    }

    [Fact]
    public void The_wall_clock_that_is_set_forward_is_noticed()
    {
        Limit("run_0", TimeSpan.FromHours(5));
        _ = Pass("p", "run_1");
        _time.Step(TimeSpan.FromHours(6));
        Go(5);
        Assert.Equal(["run_1"], _passed);
    }

    [Fact]
    public void Many_that_meet_the_same_limit_open_it_once()
    {
        int opened = 0;
        _gate.Opened = _ => opened++;
        var resets = _time.GetUtcNow().AddHours(1);
        Parallel.For(0, 100, number => _gate.Limited("p", ($"run_{number}", _time.GetUtcNow()), new("s", "m", resets), _time.GetUtcNow()));
        Assert.Equal((1, 0), (opened, _gate.HoldOf("p")!.Breaker.Probes));
    }

    private IReadOnlyList<WorkerEvent> Told()
    {
        lock (_told)
        {
            return [.. _told];
        }
    }

    private PoolGate NewGate() => new(new QuotaSettings(), _store.Breakers, new(), _time, () => 0.5);

    private void Limit(string run, TimeSpan? reset, DateTimeOffset? started = null) =>
        _gate.Limited("p", (run, started), new("s", "m", _time.GetUtcNow() + reset), _time.GetUtcNow());

    private Task<bool> Pass(string pool, string run, CancellationToken stop = default) => _gate.PassAsync(
        pool, run, _gate.NextTicket(), () =>
        {
            _passed.Add(run);
            return Task.FromResult(true);
        },
        stop);

    /// <summary>In steps, as timers go.</summary>
    private void Go(int seconds)
    {
        for (int second = 0; second < seconds; second++)
        {
            _time.Pass(TimeSpan.FromSeconds(1));
        }
    }
}
