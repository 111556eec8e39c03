using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using McpWorkers.Engine.Storage.Memory;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Tasks.Dispatch;
using McpWorkers.Engine.Workers.Runs;
using McpWorkers.Tests.Cli;
using Xunit;

namespace McpWorkers.Tests.Tasks;

/// <summary>A store that refuses for a while: once it takes writes again, everything goes on by itself.</summary>
public sealed class RefusedWritesTests : IAsyncDisposable
{
    private static readonly HostSettings Settings = new() { DataDirectory = "/nowhere", Roles = [new() { Name = "code", Concurrency = 100 }] };

    private readonly MemoryStore _store = new();
    private readonly HandTime _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_end_is_recorded_however_long_the_store_refuses_it(bool alsoQuestions)
    {
        var refusing = new RefusingTasks(_store.Tasks);
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var attempts = new NoOpAttempts(async (_, stopped) =>
        {
            await held.Task.WaitAsync(stopped);
            return NoOpAttempts.Success;
        });
        await using var tasks = await OpenAsync(refusing, attempts);
        await tasks.AddAsync([.. Enumerable.Range(0, 3).Select(i => new TaskRequest { Prompt = "p", Key = $"k{i}" })], Token);
        await Until.TrueAsync(() => attempts.Now == 3);
        refusing.RefusesQuestions = alsoQuestions;
        refusing.RefusesChanges = true;
        held.SetResult();
        int rounds = 0;
        await PassUntilAsync(() => refusing.Refused >= 3 && ++rounds > 20);
        Assert.False(tasks.IsIdle);
        refusing.RefusesQuestions = false;
        refusing.RefusesChanges = false;
        await PassUntilAsync(() => tasks.IsIdle);
        Assert.Equal(3, (await tasks.StatusAsync(Token)).Tasks[TaskState.Completed]);
        Assert.Equal(3, attempts.Begun.Count);
    }

    [Fact]
    public async Task All_that_are_due_are_freed_although_the_first_was_refused()
    {
        var refusing = new RefusingTasks(_store.Tasks);
        await using var tasks = await OpenAsync(refusing, new NoOpAttempts());
        var at = _time.GetUtcNow().AddMinutes(1);
        await tasks.AddAsync([.. Enumerable.Range(0, 5).Select(i => new TaskRequest { Prompt = "p", At = at })], Token);
        refusing.RefusesChanges = true;
        await PassUntilAsync(() => refusing.Refused > 0);
        refusing.RefusesChanges = false;
        await PassUntilAsync(() => tasks.IsIdle);
        Assert.Equal(5, (await tasks.StatusAsync(Token)).Tasks[TaskState.Completed]);
    }

    [Fact]
    public async Task All_work_stops_although_the_pause_cannot_be_stored_and_that_is_said()
    {
        var refusing = new RefusingTasks(_store.Tasks) { RefusesChanges = true };
        var attempts = new NoOpAttempts();
        await using var tasks = await OpenAsync(refusing, attempts);
        Assert.Equal(RefusalCode.StoreUnavailable, (await Assert.ThrowsAsync<RefusedException>(() => tasks.StopAllAsync("", Token))).Code);
        refusing.RefusesChanges = false;
        await tasks.AddAsync(new TaskRequest { Prompt = "p", Key = "k" }, Token);
        int rounds = 0;
        await PassUntilAsync(() => ++rounds > 20);
        Assert.NotNull((await tasks.StatusAsync(Token)).PausedSince);
        Assert.Empty(attempts.Begun);
        await tasks.ResumeAsync();
        await PassUntilAsync(() => tasks.IsIdle);
        Assert.Single(attempts.Begun);
    }

    private Task<TaskManager> OpenAsync(RefusingTasks refusing, NoOpAttempts attempts) => TaskManager.OpenAsync(
        new TaskHost(Settings, refusing, new RunSlots(4), _ => attempts, new TaskEnvironments(null), new(), _time, new PoolGate(new(), new MemoryStore().Breakers, new(), _time)), CancellationToken.None);

    private Task PassUntilAsync(Func<bool> condition) => Until.TrueAsync(() =>
    {
        _time.Pass(TimeSpan.FromSeconds(2));
        return condition();
    });
}
