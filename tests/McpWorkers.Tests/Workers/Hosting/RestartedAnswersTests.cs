using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using McpWorkers.Engine.Workers.Hosting;
using Xunit;
using static McpWorkers.Tests.Workers.Hosting.ContinuationScene;

namespace McpWorkers.Tests.Workers.Hosting;

/// <summary>Answers that were given, and hosts that were cut off, before all of what follows was noted.</summary>
public sealed class RestartedAnswersTests
{
    private const int Limit = 120_000;
    private const string Next = "run_00000000000000b2";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = Limit)]
    public async Task The_walk_of_a_new_host_spares_the_run_that_has_just_gone_on()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        await EndFirstAsync(host, worker);
        await host.BetweenAsync(store => DecideAsync(store, asked.RequestId, RequestState.Answered, "blue"));
        var launcher = new SweepDuringLaunch();
        host.Launcher = launcher;

        await host.OpenAsync();
        var result = await host.Manager.WaitAsync(run, Token).WaitAsync(Patience, Token);

        Assert.NotEqual(run, launcher.Launched);
        Assert.Equal((launcher.Launched, WorkerStatus.Completed), ((string?)result.Metadata["run_id"], result.Status));
        Assert.False(launcher.WasOver);
    }

    [Fact(Timeout = Limit)]
    public async Task All_answers_reach_the_next_run_though_it_was_noted_for_one_of_them_only()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        await EndFirstAsync(host, worker);
        await host.BetweenAsync(async store =>
        {
            await store.Requests.AddAsync(Noted("req_2", worker, run, RequestKind.Question));
            await DecideAsync(store, asked.RequestId, RequestState.Answered, "blue");
            await DecideAsync(store, "req_2", RequestState.Answered, "square");
            await store.Requests.ContinueAsync(asked.RequestId, Next);
        });

        await host.OpenAsync();
        var result = await host.Manager.WaitAsync(run, Token).WaitAsync(Patience, Token);

        Assert.Equal(Next, (string?)result.Metadata["run_id"]);
        Assert.Contains("blue", result.Output, StringComparison.Ordinal);
        Assert.Contains("square", result.Output, StringComparison.Ordinal);
        Assert.Equal(Next, (await host.Manager.Requests.FindAsync("req_2", Token)).ContinuedBy);
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_has_no_session_gets_its_prompt_anew_also_from_a_later_host(bool isRestarted)
    {
        await using var host = new DurableHost();
        string heard = host.FileIn("heard");
        await host.OpenAsync(("job", $"cat >> '{heard}'; echo >> '{heard}'; sleep 60"));
        string worker = (await host.Manager.SpawnAsync(new() { WorkerType = "job" }, Token)).Single();
        string run = (await host.Manager.SubmitAsync(worker, "the job", new() { Budget = new() { Minutes = TimeSpan.FromSeconds(2) } })).RunId;
        await PendingAsync(host, run);
        if (isRestarted)
        {
            await host.OpenAsync();
        }

        var asked = await PendingAsync(host, run);
        Assert.EndsWith("a yes begins its prompt anew, with as much again. Begin anew?", asked.Text, StringComparison.Ordinal);
        await host.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Allow(), "cli");
        await Until(() => File.ReadAllLines(heard) is [_, { Length: > 6 }]);

        Assert.Equal(["the job", "the job"], File.ReadAllLines(heard));
    }

    [Fact]
    public void An_agent_without_a_session_is_told_the_task_and_what_was_decided_and_each_once()
    {
        WorkerRequest[] decided =
        [
            Noted("req_1", "w", "r", RequestKind.Question) with { State = RequestState.Answered, Answer = "blue" },
            Noted("req_2", "w", "r", RequestKind.Budget) with { State = RequestState.Allowed },
        ];
        string prompt = AnswerPrompt.Anew("Paint it.", decided);
        Assert.StartsWith("Paint it.\n\nYour question (req_1): Which colour?\nThe answer: blue\n\n(", prompt, StringComparison.Ordinal);
        Assert.DoesNotContain("interrupted", prompt, StringComparison.Ordinal);
        string again = AnswerPrompt.Anew(prompt, decided[1..]);
        Assert.Equal(prompt, again);
    }

    /// <summary>Sweeps only while a launch is under way, and notes whether that run counted as over.</summary>
    private sealed class SweepDuringLaunch : ILauncher
    {
        private readonly ProcessLauncher _real = new(TimeProvider.System);
        private readonly TaskCompletionSource<string> _launching = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _swept = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string? Launched { get; private set; }

        public bool WasOver { get; private set; }

        public async Task<IExecutionHandle> LaunchAsync(CommandLaunch launch, CancellationToken cancellationToken)
        {
            _launching.TrySetResult(launch.RunId);
            await _swept.Task.WaitAsync(Patience, Token);
            return await _real.LaunchAsync(launch, cancellationToken);
        }

        public Task<IExecutionHandle> AdoptAsync(string runDirectory, CancellationToken cancellationToken) => _real.AdoptAsync(runDirectory, cancellationToken);

        public async Task<int> SweepAsync(string ownerMark, Func<string, bool> isWorkerOver, Func<string, bool> isRunOver, CancellationToken cancellationToken)
        {
            Launched ??= await _launching.Task.WaitAsync(Patience, cancellationToken);
            WasOver = isRunOver(Launched);
            _swept.TrySetResult();
            return await _real.SweepAsync(ownerMark, isWorkerOver, isRunOver, cancellationToken);
        }
    }
}
