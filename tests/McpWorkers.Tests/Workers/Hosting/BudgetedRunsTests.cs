using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using Xunit;

namespace McpWorkers.Tests.Workers.Hosting;

/// <summary>Runs that spend what they may. The agent is a script in opencode's words: a step of 60 tokens and 0.6 USD, one more each 50 ms, for ever.</summary>
public sealed class BudgetedRunsTests
{
    private const string Script = """
        #!/bin/sh
        step() { printf '{"type":"step_finish","sessionID":"ses_1","part":{"reason":"%s","tokens":{"input":50,"output":10,"reasoning":0,"cache":{"read":0,"write":0}},"cost":0.6}}\n' "$1"; }
        say() { printf '{"type":"text","sessionID":"ses_1","part":{"text":"%s"}}\n' "$1"; }
        prompt=$(cat)
        case "$* $prompt" in
          *once*) say done; step stop; exit 0 ;;
        esac
        while :; do say working; step tool-calls; sleep 0.4; done
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory(Timeout = 120_000)]
    [InlineData("tokens")]
    [InlineData("usd")]
    [InlineData("minutes")]
    public async Task A_spent_run_is_interrupted_and_goes_on_once_that_is_allowed_and_fails_once_it_is_denied(string measure)
    {
        await using var host = await OpenAsync();
        string worker = (await host.Manager.SpawnAsync(new() { WorkerType = "spender" }, Token))[0];
        var budget = measure switch
        {
            "tokens" => new Budget { Tokens = 120 },
            "usd" => new Budget { Usd = 1.2m },
            _ => new Budget { Minutes = TimeSpan.FromSeconds(2) },
        };
        string run = (await host.Manager.SubmitAsync(worker, "go", new() { Budget = budget })).RunId;
        var waiting = host.Manager.WaitAsync(run, Token);

        var asked = await AskedAsync(host, run);
        Assert.Equal((RequestKind.Budget, run), (asked.Kind, asked.RunId));
        Assert.StartsWith("The run's budget: ", asked.Text, StringComparison.Ordinal);
        Assert.Equal(asked.RequestId, host.Manager.List().Single().WaitingFor?.RequestId);
        await host.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Allow(null), "cli");

        var second = await AskedAsync(host, null);
        Assert.NotEqual((asked.RequestId, run), (second.RequestId, second.RunId));
        await host.Manager.Requests.AnswerAsync(second.RequestId, new RequestVerdict.Deny("enough"), "cli");

        var result = await waiting.WaitAsync(Patience, Token);
        Assert.Equal((WorkerStatus.Failed, "budget_exceeded"), (result.Status, (string?)result.Metadata["outcome"]));
        Assert.Equal(run, (string?)result.Metadata["continues"]);
        Assert.Equal("working", result.Output);
        Assert.True((long)result.Metadata["spent"]!["tokens"]! >= 60);
        Assert.Equal("continued", (string?)(await host.Manager.FindRunAsync(run, Token)).Result.Metadata["outcome"]);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_days_budget_counts_direct_prompts_and_refuses_the_next_one_over_a_restart_too()
    {
        await using var host = await OpenAsync(new Budget { Usd = 0.6m });
        string worker = (await host.Manager.SpawnAsync(new() { WorkerType = "spender" }, Token))[0];
        Assert.Equal(WorkerStatus.Completed, (await host.Manager.ExecuteAsync(worker, "once", cancellationToken: Token).WaitAsync(Patience, Token)).Status);
        await RefusedAsync(host, worker);
        await host.OpenAsync();
        await RefusedAsync(host, worker);
        var batch = await host.Manager.SubmitBatchAsync([worker], ["once"]);
        Assert.Contains("The day's budget: 0.6 of 0.6 USD spent", Assert.Single(batch).Refused!.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task What_cannot_be_held_is_refused_when_it_is_spawned_or_given()
    {
        await using var host = await OpenAsync();
        var spawn = await Assert.ThrowsAsync<RefusedException>(() => host.Manager.SpawnAsync(new() { WorkerType = "echo", Budget = new() { Tokens = 1 } }, Token));
        Assert.Equal(RefusalCode.Unsupported, spawn.Code);
        string echo = (await host.Manager.SpawnAsync(new() { WorkerType = "echo" }, Token))[0];
        var given = await Assert.ThrowsAsync<RefusedException>(() => host.Manager.SubmitAsync(echo, "x", new() { Budget = new() { Usd = 1 } }));
        Assert.Contains("never says what it uses", given.Message, StringComparison.Ordinal);
        var nothing = await Assert.ThrowsAsync<RefusedException>(() => host.Manager.SubmitAsync(echo, "x", new() { Budget = new() { Turns = 0 } }));
        Assert.Equal(RefusalCode.InvalidArgument, nothing.Code);
        Assert.Equal(WorkerStatus.Completed, (await host.Manager.ExecuteAsync(echo, "x", new() { Budget = new() { Minutes = TimeSpan.FromMinutes(1) } }, Token).WaitAsync(Patience, Token)).Status);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_workers_own_budget_holds_for_its_runs_over_a_restart()
    {
        await using var host = await OpenAsync();
        string worker = (await host.Manager.SpawnAsync(new() { WorkerType = "spender", Budget = new() { Tokens = 60 } }, Token))[0];
        await host.OpenAsync();
        string run = (await host.Manager.SubmitAsync(worker, "go", new() { Budget = new() { Tokens = 6000 } })).RunId;
        var asked = await AskedAsync(host, run);
        Assert.Contains(" of 60 tokens spent", asked.Text, StringComparison.Ordinal);
    }

    [Theory(Timeout = 120_000)]
    [InlineData(null)]
    [InlineData(RequestState.Allowed)]
    [InlineData(RequestState.Denied)]
    public async Task What_was_asked_before_a_launch_is_settled_by_there_being_something_to_spend_again(RequestState? decided)
    {
        const string Late = "run_00000000000000c1";
        await using var host = await OpenAsync(new Budget { Usd = 0.6m });
        string worker = (await host.Manager.SpawnAsync(new() { WorkerType = "spender" }, Token))[0];
        await host.Manager.ExecuteAsync(worker, "once", cancellationToken: Token).WaitAsync(Patience, Token);
        await host.BetweenAsync(store => store.Workers.AcceptAsync([ContinuationScene.Accepted(Late, worker, "once")]));
        await host.OpenAsync();
        var asked = await AskedAsync(host, Late);
        await host.BetweenAsync(store => decided is { } state ? ContinuationScene.DecideAsync(store, asked.RequestId, state) : Task.CompletedTask);
        host.Settings = host.Settings with { Budgets = new() { Day = new() { Usd = 60 } } };
        await host.OpenAsync();

        var result = await host.Manager.WaitAsync(Late, Token).WaitAsync(Patience, Token);

        bool goesOn = decided != RequestState.Denied;
        Assert.Equal((Late, goesOn ? "completed" : "budget_exceeded"), ((string?)result.Metadata["run_id"], (string?)result.Metadata["outcome"]));
        Assert.Empty(host.Manager.Requests.Pending);
        Assert.NotNull((await host.Manager.Requests.FindAsync(asked.RequestId, Token)).Delivered);
    }

    [Fact(Timeout = 120_000)]
    public async Task An_interrupted_run_is_asked_about_once_though_its_budget_is_raised_over_a_restart()
    {
        await using var host = await OpenAsync(new Budget { Usd = 1.2m });
        string worker = (await host.Manager.SpawnAsync(new() { WorkerType = "spender" }, Token))[0];
        string run = (await host.Manager.SubmitAsync(worker, "go")).RunId;
        var asked = await AskedAsync(host, run);
        host.Settings = host.Settings with { Budgets = new() { Day = new() { Usd = 6000 } } };
        await host.OpenAsync();
        await ContinuationScene.Until(() => host.Manager.Health().RunsActive == 0);

        Assert.Equal(asked.RequestId, Assert.Single(host.Manager.Requests.Pending).RequestId);
        await host.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Allow(), "cli");
        await ContinuationScene.Until(() => host.Manager.List().Single() is { Status: WorkerStatus.Running, RunId: { } now } && now != run);
        Assert.Equal("continued", (string?)(await host.Manager.FindRunAsync(run, Token)).Result.Metadata["outcome"]);
        Assert.Empty(host.Manager.Requests.Pending);
    }

    private static async Task RefusedAsync(DurableHost host, string worker)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => host.Manager.SubmitAsync(worker, "once"));
        Assert.Equal(RefusalCode.LimitReached, refused.Code);
        Assert.Contains("The day's budget: 0.6 of 0.6 USD spent. There is more from ", refused.Message, StringComparison.Ordinal);
    }

    /// <param name="runId">Null for any run's.</param>
    private static async Task<WorkerRequest> AskedAsync(DurableHost host, string? runId)
    {
        var pending = new TaskCompletionSource<WorkerRequest>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listening = host.Manager.Requests.Listen(request =>
        {
            if (request.IsPending && (runId is null || request.RunId == runId))
            {
                pending.TrySetResult(request);
            }
        });
        return host.Manager.Requests.Pending.FirstOrDefault(request => runId is null || request.RunId == runId) ?? await pending.Task.WaitAsync(Patience, Token);
    }

    private static async Task<DurableHost> OpenAsync(Budget? day = null)
    {
        var host = new DurableHost();
        string script = host.FileIn("spender");
        await File.WriteAllTextAsync(script, Script, Token);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        host.Settings = host.Settings with
        {
            DataDirectory = host.Data,
            DefaultType = "echo",
            WorkerTypes =
            [
                new() { Name = "echo", Agent = "command", Command = ["/bin/cat"] },
                new() { Name = "spender", Agent = "opencode", Command = [script] },
            ],
            Budgets = new() { Day = day ?? Budget.None },
        };
        await host.OpenAsync();
        return host;
    }
}
