using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Memory;
using McpWorkers.Tests.Cli;
using McpWorkers.Tests.Tasks;
using Xunit;

namespace McpWorkers.Tests.Quota;

/// <summary>What a store refuses of a breaker is written in the end.</summary>
public sealed class BreakerKeeperTests
{
    private readonly HandTime _time = new();
    private readonly RefusingBreakers _store = new(new MemoryStore().Breakers);
    private readonly HostNotes _notes = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_refused_twice_is_written_the_third_time_also_when_nothing_is_held_any_more(bool isStoreFault)
    {
        await using var gate = new PoolGate(new QuotaSettings(), _store, _notes, _time, () => 0.5);
        _store.Refuses(2, isStoreFault);
        gate.Limited("p", ("run_1", null), new("s", "m"), _time.GetUtcNow());
        await TriedAsync(3);
        Assert.Equal("p", Assert.Single(await _store.ListAsync(Token)).Pool);

        _store.Refuses(2, isStoreFault);
        gate.Limited("p", ("run_1", null), new("s", "m", _time.GetUtcNow().AddSeconds(1)), _time.GetUtcNow());
        gate.Served("p", ("run_2", _time.GetUtcNow().AddHours(1)));
        await TriedAsync(3);
        Assert.Empty(await _store.ListAsync(Token));
        List<HostNote> told = [];
        _notes.Listen(told.Add);
        Assert.Equal(["quota", "quota"], told.Select(note => note.Name));
    }

    [Fact]
    public async Task Who_ends_tries_once_more()
    {
        var gate = new PoolGate(new QuotaSettings(), _store, _notes, _time, () => 0.5);
        _store.Refuses(1, isStoreFault: true);
        gate.Limited("p", ("run_1", null), new("s", "m"), _time.GetUtcNow());
        await Until.TrueAsync(() => _store.Tries == 1);
        await gate.DisposeAsync();
        Assert.Single(await _store.ListAsync(Token));
    }

    /// <summary>Lets the pause pass after each try, until there were so many.</summary>
    private async Task TriedAsync(int tries)
    {
        for (int tried = 1; tried <= tries; tried++)
        {
            await Until.TrueAsync(() => _store.Tries >= tried);
            await Until.TrueAsync(() =>
            {
                _time.Pass(BreakerKeeper.Pause);
                return _store.Tries > tried || tried == tries;
            });
        }

        await Until.TrueAsync(() => _store.Written);
    }

    private sealed class RefusingBreakers(IBreakerStore store) : IBreakerStore
    {
        private int _left;
        private int _tries;
        private bool _isStoreFault;

        public int Tries => Volatile.Read(ref _tries);

        public bool Written { get; private set; }

        public void Refuses(int times, bool isStoreFault)
        {
            (_left, _isStoreFault, Written) = (times, isStoreFault, false);
            Volatile.Write(ref _tries, 0);
        }

        public Task SaveAsync(Breaker breaker, WorkerEvent? fact = null) => TryAsync(() => store.SaveAsync(breaker, fact));

        public Task RemoveAsync(string pool, WorkerEvent? fact = null) => TryAsync(() => store.RemoveAsync(pool, fact));

        public Task<IReadOnlyList<Breaker>> ListAsync(CancellationToken cancellationToken) => store.ListAsync(cancellationToken);

        private async Task TryAsync(Func<Task> write)
        {
            await Task.Yield();
            Interlocked.Increment(ref _tries);
            if (Interlocked.Decrement(ref _left) >= 0)
            {
                throw _isStoreFault ? new StoreException(StoreFault.Full, "the disk is full") : new InvalidOperationException("a fault");
            }

            await write();
            Written = true;
        }
    }
}
