using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using McpWorkers.Engine.Tasks;
using McpWorkers.Tests.Cli;
using McpWorkers.Tests.Workers.Hosting;
using Xunit;

namespace McpWorkers.Tests.Tasks;

/// <summary>Tasks whose budget is spent, over hosts that come and go. The agent is a script in opencode's words that spends 60 tokens with each step.</summary>
public sealed class TaskBudgetRestartTests
{
    private const string Script = """
        #!/bin/sh
        cat > /dev/null
        while :; do
          printf '{"type":"text","sessionID":"ses_1","part":{"text":"working"}}\n'
          printf '{"type":"step_finish","sessionID":"ses_1","part":{"reason":"tool-calls","tokens":{"input":50,"output":10,"reasoning":0,"cache":{"read":0,"write":0}},"cost":0.6}}\n'
          sleep 0.4
        done
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task A_request_to_go_on_outlives_restarts_and_costs_its_task_no_attempt()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a POSIX shell");
        await using var host = new DurableHost();
        string script = host.FileIn("spender");
        await File.WriteAllTextAsync(script, Script, Token);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        host.Settings = host.Settings with
        {
            DataDirectory = host.Data,
            DefaultType = "spender",
            WorkerTypes = [new() { Name = "spender", Agent = "opencode", Command = [script] }],
            Roles = [new() { Name = "code" }],
        };
        var tasks = await TaskManager.OpenAsync(await host.OpenAsync(), Token);
        string id = (await tasks.AddAsync(new TaskRequest { Prompt = "go", WorkingDirectory = host.Data, Budget = new() { Tokens = 120 } }, Token)).Task.TaskId;
        var first = await AskedAsync(host, none: null);
        Assert.Equal((RequestKind.Budget, id), (first.Kind, first.TaskId));

        tasks = await AgainAsync(host, tasks);
        Assert.Equal(first.RequestId, Assert.Single(host.Manager.Requests.Pending).RequestId);
        Assert.Equal((TaskState.Running, 1, 0), Counts(await tasks.FindAsync(id, Token)));
        await host.Manager.Requests.AnswerAsync(first.RequestId, new RequestVerdict.Allow(), "cli");
        var second = await AskedAsync(host, first.RequestId);

        tasks = await AgainAsync(host, tasks);
        Assert.Equal(second.RequestId, Assert.Single(host.Manager.Requests.Pending).RequestId);
        Assert.Equal((TaskState.Running, 1, 0), Counts(await tasks.FindAsync(id, Token)));
        await host.Manager.Requests.AnswerAsync(second.RequestId, new RequestVerdict.Deny("enough"), "cli");
        var done = await tasks.WaitAsync(id, Patience, Token);
        Assert.Equal((TaskState.Failed, 1, 0), Counts(done));
        Assert.Equal(AttemptCause.AgentLimit, done.LastAttempt!.Cause);
        await tasks.DisposeAsync();
    }

    private static (TaskState State, int Attempts, int Deaths) Counts(WorkTask task) => (task.State, task.Attempts.Count, task.Deaths);

    private static async Task<TaskManager> AgainAsync(DurableHost host, TaskManager tasks)
    {
        await tasks.DisposeAsync();
        return await TaskManager.OpenAsync(await host.OpenAsync(), Token);
    }

    /// <param name="none">Of a request that was there before.</param>
    private static async Task<WorkerRequest> AskedAsync(DurableHost host, string? none)
    {
        await Until.TrueAsync(() => host.Manager.Requests.Pending.Any(request => request.RequestId != none));
        return host.Manager.Requests.Pending.Single(request => request.RequestId != none);
    }
}
