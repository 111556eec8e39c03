using McpWorkers.Engine.Workers.Runs;
using Xunit;

namespace McpWorkers.Tests.Workers;

public sealed class RunSlotsTests
{
    [Fact]
    public async Task Slots_are_given_in_order_of_arrival()
    {
        var slots = new RunSlots(1);
        var first = await slots.TakeAsync(CancellationToken.None);
        var order = new List<int>();
        var waiting = Enumerable.Range(0, 20).Select(TakeAsync).ToList();

        first.Dispose();
        await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(Enumerable.Range(0, 20), order);
        Assert.Equal(0, slots.Taken);

        async Task TakeAsync(int number)
        {
            using var slot = await slots.TakeAsync(CancellationToken.None);
            order.Add(number);
        }
    }

    [Fact]
    public async Task Never_more_are_given_than_there_are()
    {
        var slots = new RunSlots(3);
        int now = 0;
        int most = 0;
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            using var slot = await slots.TakeAsync(CancellationToken.None);
            int current = Interlocked.Increment(ref now);
            InterlockedMax(ref most, current);
            await Task.Yield();
            Interlocked.Decrement(ref now);
        })).WaitAsync(TimeSpan.FromSeconds(10));

        Assert.InRange(most, 1, 3);
        Assert.Equal(0, slots.Taken);
    }

    [Fact]
    public async Task Who_leaves_the_line_takes_no_slot_and_holds_up_nobody()
    {
        var slots = new RunSlots(1);
        var first = await slots.TakeAsync(CancellationToken.None);
        using var leaving = new CancellationTokenSource();
        var second = slots.TakeAsync(leaving.Token);
        var third = slots.TakeAsync(CancellationToken.None);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        first.Dispose();
        (await third.WaitAsync(TimeSpan.FromSeconds(10))).Dispose();

        Assert.Equal(0, slots.Taken);
        Assert.Equal(0, slots.Waiting);
    }

    [Fact]
    public async Task A_slot_is_given_back_once_only()
    {
        var slots = new RunSlots(2);
        var one = await slots.TakeAsync(CancellationToken.None);
        var other = await slots.TakeAsync(CancellationToken.None);

        one.Dispose();
        one.Dispose();

        Assert.Equal(1, slots.Taken);
        other.Dispose();
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
