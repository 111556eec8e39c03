using McpWorkers.Engine.Workers.Runs;
using Xunit;

namespace McpWorkers.Tests.Workers;

/// <summary>How direct prompts and the queue share the slots.</summary>
public sealed class RunSlotsQueueTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_queue_takes_no_slot_while_somebody_waits_directly()
    {
        var slots = new RunSlots(1);
        var first = slots.TryTakeForQueue()!;
        var order = new List<int>();
        var direct = Enumerable.Range(0, 3).Select(TakeAsync).ToList();
        slots.Want(true);
        Assert.Null(slots.TryTakeForQueue());

        int told = 0;
        slots.Free = () => told++;
        first.Dispose();
        await Task.WhenAll(direct).WaitAsync(Patience, Token);

        // From hand to hand among those who waited, and the queue hears of it once none of them is left.
        Assert.Equal([0, 1, 2], order);
        Assert.Equal(1, told);
        Assert.NotNull(slots.TryTakeForQueue());

        async Task TakeAsync(int number)
        {
            using var slot = await slots.TakeAsync(CancellationToken.None);
            order.Add(number);
        }
    }

    [Fact]
    public async Task The_queue_gets_what_is_reserved_for_it_however_many_wait_directly()
    {
        var slots = new RunSlots(3, reserved: 1);
        var held = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => slots.TakeAsync(Token)));
        var waiting = Enumerable.Range(0, 5).Select(_ => slots.TakeAsync(Token)).ToList();
        slots.Want(true);
        Assert.Null(slots.TryTakeForQueue());
        int told = 0;
        slots.Free = () => told++;

        held[0].Dispose();
        Assert.Equal((1, 5), (told, slots.Waiting));
        var task = slots.TryTakeForQueue()!;

        // One, and no more than that: what becomes free next is theirs.
        Assert.Null(slots.TryTakeForQueue());
        held[1].Dispose();
        await waiting[0].WaitAsync(Patience, Token);
        Assert.Equal((1, 4, 3), (told, slots.Waiting, slots.Taken));
        task.Dispose();
        Assert.Equal((2, 4, 2), (told, slots.Waiting, slots.Taken));
    }

    [Fact]
    public async Task Direct_prompts_get_the_rest_however_many_tasks_wait()
    {
        var slots = new RunSlots(3, reserved: 2);
        var tasks = Enumerable.Range(0, 3).Select(_ => slots.TryTakeForQueue()!).ToList();
        slots.Want(true);
        var waiting = Enumerable.Range(0, 3).Select(_ => slots.TakeAsync(Token)).ToList();

        tasks[0].Dispose();
        var direct = await waiting[0].WaitAsync(Patience, Token);
        Assert.Null(slots.TryTakeForQueue());
        tasks[1].Dispose();
        Assert.NotNull(slots.TryTakeForQueue());
        direct.Dispose();
        await waiting[1].WaitAsync(Patience, Token);
        Assert.False(waiting[2].IsCompleted);
    }

    [Fact]
    public async Task What_is_reserved_is_given_away_while_the_queue_has_nothing_to_do()
    {
        var slots = new RunSlots(2, reserved: 1);
        slots.Want(true);
        using var first = await slots.TakeAsync(Token);
        var second = slots.TakeAsync(Token);
        Assert.Equal((1, 1), (slots.Taken, slots.Waiting));

        slots.Want(false);

        using var given = await second.WaitAsync(Patience, Token);
        Assert.Equal((2, 0), (slots.Taken, slots.Waiting));
    }

    [Fact]
    public void Never_all_slots_are_reserved()
    {
        var slots = new RunSlots(1, reserved: 5);
        slots.Want(true);
        Assert.True(slots.TakeAsync(Token).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task The_queue_is_told_when_it_said_that_it_waits_and_at_no_other_time()
    {
        var slots = new RunSlots(1);
        int told = 0;
        slots.Free = () => told++;
        (await slots.TakeAsync(Token)).Dispose();
        Assert.Equal(0, told);

        // Free before it asks: it gets it. Free after it asked: it is told. In between is before or after, never lost.
        var held = await slots.TakeAsync(Token);
        slots.Want(true);
        held.Dispose();
        Assert.Equal(1, told);
        var task = slots.TryTakeForQueue();
        Assert.NotNull(task);
        slots.Want(false);
        task.Dispose();
        Assert.Equal(1, told);
    }

    [Fact]
    public async Task No_free_slot_is_overlooked_by_a_queue_that_waits_to_be_told()
    {
        const int Tasks = 20_000;
        var slots = new RunSlots(2);
        using var wake = new SemaphoreSlim(0);
        slots.Free = () => wake.Release();
        int done = 0;
        var direct = Task.Run(async () =>
        {
            while (Volatile.Read(ref done) < Tasks)
            {
                (await slots.TakeAsync(Token)).Dispose();
            }
        }, Token);
        while (done < Tasks)
        {
            slots.Want(true);
            if (slots.TryTakeForQueue() is not { } slot)
            {
                Assert.True(await wake.WaitAsync(Patience, Token), $"Nobody told it after {done} tasks.");
                continue;
            }

            done++;
            ThreadPool.UnsafeQueueUserWorkItem(static slot => slot.Dispose(), slot, preferLocal: false);
        }

        slots.Want(false);
        await direct.WaitAsync(Patience, Token);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task It_does_what_a_naive_model_does(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 100; round++)
        {
            var scene = new RunSlotsModel(random.Next(1, 6), random.Next(0, 4));
            for (int step = 0; step < 100; step++)
            {
                await scene.StepAsync(random);
            }
        }
    }
}
