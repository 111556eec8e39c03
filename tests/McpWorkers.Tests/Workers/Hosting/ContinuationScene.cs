using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using Xunit;

namespace McpWorkers.Tests.Workers.Hosting;

/// <summary>A host whose agent is a script in claude's words. What it asks is asked in its name.</summary>
internal static class ContinuationScene
{
    /// <summary>
    /// A run of a new session ends once the file is there that its prompt begins with; one that resumes says what it was told, in one line. The session is
    /// what the prompt says it is.
    /// </summary>
    private const string Script = """
        #!/bin/sh
        args="$*"
        prompt=$(cat)
        line=$(printf '%s' "$prompt" | tr -d '"' | tr '\n' ' ')
        printf '%s | %s\n' "$args" "$line" >> "$0.launches"
        session=the-session
        case "$prompt" in *session=*) session=${prompt##*session=} ;; esac
        say() { printf '{"type":"result","subtype":"success","is_error":false,"result":"%s","session_id":"%s"}\n' "$1" "$session"; }
        case "$args" in
          *--resume*) say "resumed: $line" ;;
          *)
            printf '{"type":"system","subtype":"init","session_id":"%s"}\n' "$session"
            file=${prompt%% *}
            while [ ! -e "$file" ]; do sleep 0.02; done
            say first ;;
        esac
        """;

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<DurableHost> OpenAsync(Func<HostSettings, HostSettings>? change = null)
    {
        var host = new DurableHost();
        string program = host.FileIn("claude");
        await File.WriteAllTextAsync(program, Script, Token);
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
        host.Settings = change?.Invoke(host.Settings) ?? host.Settings;
        await host.OpenAsync();
        return host;
    }

    /// <summary>A line for each launch: the arguments, and behind a bar the prompt.</summary>
    public static string[] Launches(DurableHost host) => File.ReadAllLines(host.FileIn("claude.launches"));

    public static async Task<(string Worker, string Run)> BeginAsync(DurableHost host)
    {
        string worker = (await host.Manager.SpawnAsync(new(), Token)).Single();
        string run = (await host.Manager.SubmitAsync(worker, host.FileIn("go"))).RunId;
        await Until(() => host.Manager.List().Single() is { Status: WorkerStatus.Running, Activity: not "" });
        return (worker, run);
    }

    public static Task<WorkerRequest> AskAsync(DurableHost host, string worker, string run, RequestKind kind) => host.Manager.Requests.AskAsync(new()
    {
        Kind = kind, Key = $"{run}/1", RunId = run, WorkerId = worker, WorkerType = "claude", Text = "Which colour?", Tool = "Bash", Input = "{}", WorkingDirectory = "/nowhere",
    });

    /// <summary>What a run has asked, once it can be answered.</summary>
    public static async Task<WorkerRequest> PendingAsync(DurableHost host, string run)
    {
        await Until(() => host.Manager.Requests.PendingOf(run) is not null);

        // It waits a moment before it is stored.
        while ((await host.Manager.Requests.ListAsync(new() { RunId = run, States = [RequestState.Pending] }, Token)).Requests.Count == 0)
        {
            await Task.Delay(10, Token);
        }

        return host.Manager.Requests.PendingOf(run)!;
    }

    public static Task LetFirstEndAsync(DurableHost host) => File.WriteAllTextAsync(host.FileIn("go"), "", Token);

    public static async Task EndFirstAsync(DurableHost host, string worker)
    {
        await LetFirstEndAsync(host);
        await Until(() => host.Manager.Health().RunsActive == 0);
        Assert.Equal(worker, host.Manager.List().Single().WorkerId);
    }

    /// <summary>A run as an earlier host had accepted it.</summary>
    public static StoredRun Accepted(string runId, string workerId, string prompt, string? continues = null) => new()
    {
        RunId = runId, WorkerId = workerId, Prompt = prompt, Timeout = TimeSpan.FromMinutes(1), Accepted = TimeProvider.System.GetUtcNow(), Continues = continues,
    };

    /// <summary>A request as an earlier host had noted it.</summary>
    public static WorkerRequest Noted(string requestId, string workerId, string runId, RequestKind kind) => new()
    {
        RequestId = requestId, Kind = kind, Key = $"{runId}/{requestId}", RunId = runId, WorkerId = workerId, WorkerType = "claude", Text = "Which colour?", Digest = "d",
        Created = TimeProvider.System.GetUtcNow(), Expires = TimeProvider.System.GetUtcNow().AddHours(1),
    };

    public static Task<WorkerRequest?> DecideAsync(IDataStore store, string requestId, RequestState state, string? answer = null, string by = "cli") =>
        store.Requests.DecideAsync(requestId, state, answer, by, TimeProvider.System.GetUtcNow());

    public static async Task Until(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!isSo())
        {
            await Task.Delay(10, patience.Token);
        }
    }
}
