using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Workers;
using Xunit;
using static McpWorkers.Tests.Workers.Hosting.ContinuationScene;

namespace McpWorkers.Tests.Workers.Hosting;

/// <summary>An agent that had others work for it, and goes on as another run after an answer.</summary>
public sealed class ContinuedDelegationTests
{
    /// <summary>In claude's words. The first run ends once the file <c>go</c> is there, each later one once <c>end</c> is.</summary>
    private const string Script = """
        #!/bin/sh
        here=$(dirname "$0")
        cat > /dev/null
        printf '{"type":"system","subtype":"init","session_id":"the-session"}\n'
        case "$*" in *--resume*) file="$here/end" ;; *) file="$here/go" ;; esac
        i=0
        while [ ! -e "$file" ] && [ $i -lt 3000 ]; do sleep 0.02; i=$((i + 1)); done
        printf '{"type":"result","subtype":"success","is_error":false,"result":"said","session_id":"the-session"}\n'
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task It_keeps_its_workers_and_tasks_over_a_restart_too_and_others_still_see_none()
    {
        await using var host = await ContinuationScene.OpenAsync(settings => settings with { Roles = [new() { Name = "code" }] });
        await File.WriteAllTextAsync(host.FileIn("claude"), Script, Token);
        var tasks = await TaskManager.OpenAsync(host.Manager, Token);
        var (worker, first) = await BeginAsync(host);
        var within = new Caller { Kind = "mcp", ParentRun = first, WorkingDirectory = host.Data };
        string nested = (await host.Manager.As(within).SpawnAsync(new(), Token)).Single();
        string task = (await tasks.As(within).AddAsync(new TaskRequest { Prompt = "p", At = TimeProvider.System.GetUtcNow().AddHours(1) }, Token)).Task.TaskId;

        var asked = await AskAsync(host, worker, first, RequestKind.Question);
        await LetFirstEndAsync(host);
        await Until(() => host.Manager.Health().RunsActive == 0);
        await host.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("blue"), "cli");
        await Until(() => host.Manager.Health().RunsActive == 1);
        string next = (await host.Manager.Requests.FindAsync(asked.RequestId, Token)).ContinuedBy!;
        Assert.NotEqual(first, next);
        await SeesAsync(host, tasks, next, nested, task);
        string added = (await tasks.As(within with { ParentRun = next }).AddAsync(new TaskRequest { Prompt = "q", At = TimeProvider.System.GetUtcNow().AddHours(1) }, Token)).Task.TaskId;

        await tasks.DisposeAsync();
        await host.OpenAsync();
        tasks = await TaskManager.OpenAsync(host.Manager, Token);
        await SeesAsync(host, tasks, next, nested, task, added);
        Assert.Empty(host.Manager.As(within with { ParentRun = "run_" + new string('0', 16) }).List());

        // All of it ends with the last of those runs.
        await File.WriteAllTextAsync(host.FileIn("end"), "", Token);
        await Until(() => host.Manager.List().All(each => each.WorkerId != nested));
        foreach (string id in (string[])[task, added])
        {
            Assert.Equal(TaskState.Cancelled, (await tasks.WaitAsync(id, Patience, Token)).State);
        }

        await tasks.DisposeAsync();
    }

    private static async Task SeesAsync(DurableHost host, TaskManager tasks, string run, string nested, params string[] ids)
    {
        var caller = new Caller { Kind = "mcp", ParentRun = run };
        Assert.Equal([nested], host.Manager.As(caller).List().Select(worker => worker.WorkerId));
        Assert.Equal(ids, (await tasks.As(caller).ListAsync(new(), Token)).Tasks.Select(each => each.TaskId).Reverse());
        foreach (string id in ids)
        {
            Assert.Equal(id, (await tasks.As(caller).FindAsync(id, Token)).TaskId);
        }
    }
}
