using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using McpWorkers.Engine.Storage.Memory;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Tasks.Dispatch;
using McpWorkers.Engine.Workers.Runs;
using McpWorkers.Tests.Cli;
using Xunit;

namespace McpWorkers.Tests.Tasks;

public sealed class BoardGateTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Listeners and attempts take locks of their own: called under the board's gate, they and whoever comes the other way round wait for each other.</summary>
    [Fact]
    public async Task Nobody_is_called_under_the_gate_also_where_the_store_answers_at_once()
    {
        await using var store = new MemoryStore();
        TaskHost? host = null;
        int under = 0;
        int told = 0;
        var attempts = new NoOpAttempts((_, _) =>
        {
            Look();
            return Task.FromResult(NoOpAttempts.Success);
        });
        var settings = new HostSettings { DataDirectory = "/nowhere", Roles = [new() { Name = "code", Concurrency = 100 }] };
        host = new TaskHost(settings, store.Tasks, new RunSlots(4), _ => attempts, new TaskEnvironments(null), new(), TimeProvider.System, new PoolGate(new(), new MemoryStore().Breakers, new(), TimeProvider.System));
        await using var tasks = await TaskManager.OpenAsync(host, Token);
        using var listening = tasks.Listen(_ =>
        {
            Interlocked.Increment(ref told);
            Look();
        });

        await tasks.AddAsync(new TaskRequest { Prompt = "p", Key = "first" }, Token);
        await tasks.AddAsync([.. Enumerable.Range(0, 50).Select(_ => new TaskRequest { Prompt = "p", After = ["first"] })], Token);
        await Until.TrueAsync(() => tasks.IsIdle);

        Assert.Equal((51, 0), (attempts.Begun.Count, under));
        Assert.True(told >= 51 * 3, $"{told} changes were told of.");

        void Look()
        {
            if (host!.Board.Gate.IsHeldByCurrentThread)
            {
                Interlocked.Increment(ref under);
            }
        }
    }
}
