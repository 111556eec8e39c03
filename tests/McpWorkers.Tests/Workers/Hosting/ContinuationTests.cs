using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using Xunit;

namespace McpWorkers.Tests.Workers.Hosting;

/// <summary>Runs that end while they wait for an answer. The agent is a script in claude's words, and what it asks is asked in its name.</summary>
public sealed class ContinuationTests
{
    private const string Says = """
        say() { printf '{"type":"result","subtype":"success","is_error":false,"result":"%s","session_id":"the-session"}\n' "$1"; }
        """;

    /// <summary>The first run ends once the file is there; one that goes on says what it was told, in one line.</summary>
    private static readonly string Script = Says + """

        case "$*" in
          *--resume*) say "resumed: $(tr -d '"' | tr '\n' ' ')" ;;
          *) echo '{"type":"system","subtype":"init","session_id":"the-session"}'; file=$(cat); while [ ! -e "$file" ]; do sleep 0.02; done; say first ;;
        esac
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task The_answer_begins_another_run_of_the_session_and_who_waited_gets_its_result()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var waiting = host.Manager.WaitAsync(run, Token);
        var after = host.Manager.ExecuteAsync(worker, host.FileIn("go"), cancellationToken: Token);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        await EndFirstAsync(host, worker);

        Assert.Equal(0, host.Manager.Health().RunsActive);
        var snapshot = host.Manager.List().Single();
        Assert.Equal((WorkerStatus.Running, asked.RequestId), (snapshot.Status, snapshot.WaitingFor?.RequestId));
        Assert.Equal(asked.RequestId, (string?)(await host.Manager.CollectAsync([worker], Token))[worker].Metadata["waiting_for"]?["request_id"]);

        await host.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("blue"), "cli");

        var result = await waiting.WaitAsync(Patience, Token);
        Assert.Equal(WorkerStatus.Completed, result.Status);
        Assert.Contains("blue", result.Output, StringComparison.Ordinal);
        Assert.Equal(run, (string?)result.Metadata["continues"]);
        var first = await host.Manager.FindRunAsync(run, Token);
        Assert.Equal((WorkerStatus.Cancelled, "continued"), (first.Status, (string?)first.Result.Metadata["outcome"]));
        Assert.Equal((string?)result.Metadata["run_id"], (string?)first.Result.Metadata["continued_by"]);

        // The prompt that had waited comes after both.
        Assert.StartsWith("resumed", (await after.WaitAsync(Patience, Token)).Output, StringComparison.Ordinal);
        Assert.Equal(3, host.Manager.List().Single().RunsDone);
    }

    [Fact(Timeout = 120_000)]
    public async Task It_waits_over_a_restart_and_goes_on_once()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        await host.LeaveAsync();
        await File.WriteAllTextAsync(host.FileIn("go"), "", Token);

        await host.OpenAsync();
        await Until(() => host.Manager.Health().RunsActive == 0);
        Assert.Equal(asked.RequestId, host.Manager.List().Single().WaitingFor?.RequestId);
        await host.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("blue"), "cli");
        var result = await host.Manager.WaitAsync(run, Token).WaitAsync(Patience, Token);
        Assert.Contains("blue", result.Output, StringComparison.Ordinal);

        await host.OpenAsync();
        Assert.Equal(2, host.Manager.List().Single().RunsDone);
        Assert.Contains("blue", (await host.Manager.WaitAsync(run, Token)).Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_permission_that_is_denied_late_ends_the_run_as_its_agent_did_and_says_so()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Permission);
        await EndFirstAsync(host, worker);
        await host.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Deny("not here"), "cli");
        var result = await host.Manager.WaitAsync(run, Token).WaitAsync(Patience, Token);
        Assert.Equal((WorkerStatus.Completed, "first", "completed_with_denials"), (result.Status, result.Output, (string?)result.Metadata["outcome"]));
        Assert.Equal("Bash", (string?)result.Metadata["denied_tools"]?[0]);
        Assert.Equal(1, host.Manager.List().Single().RunsDone);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_run_that_waits_can_be_stopped_and_its_request_is_withdrawn()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        await EndFirstAsync(host, worker);
        Assert.True(await host.Manager.CancelAsync(worker, "enough", cancellationToken: Token).WaitAsync(Patience, Token));
        Assert.Equal(WorkerStatus.Cancelled, (await host.Manager.WaitAsync(run, Token)).Status);
        Assert.Equal(RequestState.Withdrawn, (await host.Manager.Requests.FindAsync(asked.RequestId, Token)).State);
    }

    [Fact(Timeout = 120_000)]
    public async Task What_was_answered_and_delivered_while_it_ran_holds_nothing_up()
    {
        await using var host = await OpenAsync();
        var (worker, run) = await BeginAsync(host);
        var asked = await AskAsync(host, worker, run, RequestKind.Question);
        var decided = await host.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("blue"), "cli");
        await host.Manager.Requests.DeliverAsync(decided);
        await File.WriteAllTextAsync(host.FileIn("go"), "", Token);
        var result = await host.Manager.WaitAsync(run, Token).WaitAsync(Patience, Token);
        Assert.Equal(("first", "completed"), (result.Output, (string?)result.Metadata["outcome"]));
    }

    private static async Task<DurableHost> OpenAsync()
    {
        var host = new DurableHost();
        string program = host.FileIn("claude");
        await File.WriteAllTextAsync(program, "#!/bin/sh\n" + Script, Token);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        host.Settings = host.Settings with
        {
            DataDirectory = host.Data,
            WorkerTypes = [new() { Name = "claude", Agent = "claude", Command = [program] }],
            DefaultType = "claude",
        };
        await host.OpenAsync();
        return host;
    }

    private static async Task<(string Worker, string Run)> BeginAsync(DurableHost host)
    {
        string worker = (await host.Manager.SpawnAsync(new(), Token)).Single();
        string run = (await host.Manager.SubmitAsync(worker, host.FileIn("go"))).RunId;
        await Until(() => host.Manager.List().Single() is { Status: WorkerStatus.Running, Activity: not "" });
        return (worker, run);
    }

    private static Task<WorkerRequest> AskAsync(DurableHost host, string worker, string run, RequestKind kind) => host.Manager.Requests.AskAsync(new()
    {
        Kind = kind, Key = $"{run}/1", RunId = run, WorkerId = worker, WorkerType = "claude", Text = "Which colour?", Tool = "Bash", Input = "{}", WorkingDirectory = "/nowhere",
    });

    private static async Task EndFirstAsync(DurableHost host, string worker)
    {
        await File.WriteAllTextAsync(host.FileIn("go"), "", Token);
        await Until(() => host.Manager.Health().RunsActive == 0);
        Assert.Equal(worker, host.Manager.List().Single().WorkerId);
    }

    private static async Task Until(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!isSo())
        {
            await Task.Delay(10, patience.Token);
        }
    }
}
