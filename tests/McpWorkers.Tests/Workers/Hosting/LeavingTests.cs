using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Workers.Hosting;

/// <summary>A host that goes in the middle of a launch.</summary>
public sealed class LeavingTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_launch_that_is_under_way_is_finished_first_and_taken_up_by_the_next_host()
    {
        var launcher = new HeldLauncher();
        await using var host = new DurableHost { Launcher = launcher };
        var first = await host.OpenAsync();
        string worker = (await first.SpawnAsync(new())).Single();
        var run = await first.SubmitAsync(worker, "said");
        await launcher.Begun.Task;

        var leaving = host.LeaveAsync();
        await Assert.ThrowsAsync<TimeoutException>(() => leaving.WaitAsync(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken));
        launcher.Go.SetResult();
        await leaving;
        Assert.True(launcher.IsLaunched);
        var second = await host.OpenAsync();
        var result = await second.WaitAsync(run.RunId);

        Assert.Equal((WorkerStatus.Completed, "said"), (result.Status, result.Output.Trim()));
        Assert.Equal(1, launcher.Calls);
    }

    /// <summary>Launches when it is let.</summary>
    private sealed class HeldLauncher : ILauncher
    {
        private readonly ProcessLauncher _real = new(TimeProvider.System);
        private int _calls;

        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Calls => _calls;

        public bool IsLaunched { get; private set; }

        public async Task<IExecutionHandle> LaunchAsync(CommandLaunch launch, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _calls);
            Begun.TrySetResult();
            await Go.Task;
            var handle = await _real.LaunchAsync(launch, cancellationToken);
            IsLaunched = true;
            return handle;
        }

        public Task<IExecutionHandle> AdoptAsync(string runDirectory, CancellationToken cancellationToken) => _real.AdoptAsync(runDirectory, cancellationToken);

        public Task<int> SweepAsync(string ownerMark, Func<string, bool> isWorkerOver, Func<string, bool> isRunOver, CancellationToken cancellationToken) =>
            _real.SweepAsync(ownerMark, isWorkerOver, isRunOver, cancellationToken);
    }
}
