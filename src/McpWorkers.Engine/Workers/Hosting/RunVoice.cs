using System.Net;
using System.Security.Cryptography;
using System.Text;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using McpWorkers.Engine.Workers.Places;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>
/// What a run may do by itself: ask, report, share, each for that run alone. All that it says was written by an agent: it is cleaned, bounded and
/// kept as data.
/// </summary>
internal sealed class RunVoice(WorkerHost host)
{
    private const int KeyMax = 200;
    private const int ToolMax = 200;
    private const int ReportBytesMax = 1024;
    private const int DescriptionBytesMax = 1024;

    /// <summary>One agent asks a few things at once; more is a fault or a flood.</summary>
    private const int PendingMax = 32;

    /// <summary>Those that a rule decided among them: each is kept.</summary>
    private const int AskedMax = 2000;

    /// <summary>Between two tries at a store that fails.</summary>
    private static readonly TimeSpan StorePause = TimeSpan.FromSeconds(1);

    private readonly HeldCalls _held = new();
    private RunSeals? _tokens;
    private RunServer? _server;

    /// <summary>To be called where a daemon can be reached, before the first run.</summary>
    public void Open(RunSeals tokens, RunServer server)
    {
        _tokens = tokens;
        _server = server;
    }

    /// <summary>The run's own MCP server; null where there is no daemon that it could reach.</summary>
    /// <param name="hold">How long its tools may hold a call.</param>
    /// <param name="questions">Whether the agent may ask, report and share.</param>
    /// <param name="permissions">Whether the agent's permission prompts come to it.</param>
    public McpServerSpec? ServerFor(string runId, TimeSpan hold, bool questions, bool permissions) =>
        _tokens is null ? null : _server?.For(_tokens.Make(runId), host.Home.RunPath(runId), hold, questions, permissions);

    /// <summary>The run that a token stands for, and which is not over.</summary>
    /// <exception cref="RefusedException">It is none of ours, or its run is over.</exception>
    public string RunOf(string? token)
    {
        string runId = _tokens?.RunOf(token) ?? throw new RefusedException(RefusalCode.Forbidden, "This token is none of this host's.");
        _ = Find(runId);
        return runId;
    }

    /// <summary>Whether those within a run may use this host beyond that: as callers who see their own workers only.</summary>
    /// <param name="name">The run, or what runs beside it, such as a check.</param>
    public bool MayDelegate(string name) => host.Live.Find(CheckNames.RunOf(name))?.Worker.Type.MayDelegate == true;

    /// <summary>Notes what was refused to those within a run.</summary>
    /// <param name="name">The run, or what runs beside it; null where nobody knows which.</param>
    /// <param name="what">What they wanted, or how they came.</param>
    public void NoteRefused(string? name, string what)
    {
        string? runId = name is null ? null : CheckNames.RunOf(name);
        string? workerId = runId is null ? null : host.Live.Find(runId)?.Worker.Id;
        host.Notes.Add(new("run_refused", $"refused{(runId is null ? "" : " from within a run")}: {OneLine.Of(what)}", workerId, runId, IsTrouble: true));
    }

    /// <summary>Whether any run goes on.</summary>
    public bool HasRuns => host.Live.All.Any();

    /// <summary>Where a connection over TCP comes from. Nobody is looked for while no run goes on.</summary>
    /// <param name="peer">Its other end.</param>
    /// <param name="ours">This end.</param>
    public TcpPeer FindPeer(IPEndPoint peer, IPEndPoint ours) =>
        HasRuns ? TcpPeer.Find(peer, ours, host.Home.Mark) : TcpPeer.Outside;

    /// <summary>Asks in the agent's words. The same question, while it waits, is the same request.</summary>
    /// <param name="key">The same for the same call made again.</param>
    /// <exception cref="RefusedException">The run is over, it asks too much at once, or the store cannot take it.</exception>
    public async Task<WorkerRequest> AskAsync(string runId, string key, string question, IReadOnlyList<string> options)
    {
        var (worker, run) = Find(runId);
        if (string.IsNullOrWhiteSpace(question))
        {
            throw new RefusedException(RefusalCode.InvalidArgument, "question is empty: say what you want to know.");
        }

        string text = AgentText.Clean(run.Secrets.Mask(question), RequestDraft.TextBytesMax);
        string[] choices = [.. options.Take(RequestDraft.OptionsMax).Select(option => AgentText.Clean(run.Secrets.Mask(option), RequestDraft.OptionMax))];
        var pending = PendingOf(runId);
        var same = pending.FirstOrDefault(request => request.Kind == RequestKind.Question && request.Text == text && request.Options.SequenceEqual(choices));
        return same ?? await AskAsync(pending, DraftOf(worker, run, RequestKind.Question, $"question/{Checked(key)}", text) with { Options = choices });
    }

    /// <summary>Asks whether a tool may be used. Its input stays as it is, since that is what is decided; the key is good for this input only.</summary>
    /// <inheritdoc cref="AskAsync(string, string, string, IReadOnlyList{string})"/>
    /// <param name="input">JSON.</param>
    public async Task<WorkerRequest> AskPermissionAsync(string runId, string key, string tool, string input)
    {
        var (worker, run) = Find(runId);
        if (!IsToolName(tool))
        {
            throw new RefusedException(RefusalCode.InvalidArgument, "tool_name is no name of a tool: 1 to 200 letters, digits, '_', '-', '.', ':' and '/'.");
        }

        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{tool}\n{input}")))[..16];
        var draft = DraftOf(worker, run, RequestKind.Permission, $"permission/{Checked(key)}/{digest}", run.Secrets.Mask(ToolInputText.Of(input))) with
        {
            Tool = tool,
            Input = input,
            WorkingDirectory = worker.WorkingDirectory,
        };
        var pending = PendingOf(runId);
        if (_held.Take(draft.Key, pending.FindAll(request => request.Kind == RequestKind.Permission && request.Tool == tool && request.Input == input)) is { } same)
        {
            // An agent that was told that there is no answer yet, and tries again. Two calls at once are two, however much they are alike.
            return same;
        }

        try
        {
            return await AskAsync(pending, draft);
        }
        catch
        {
            _held.Release(draft.Key);
            throw;
        }
    }

    /// <summary>Waits for the decision. To be called once for each request for leave. Whoever has told the agent of it says so then: what it is never told goes to the run that goes on after it.</summary>
    /// <returns>Null where it is still pending after that time.</returns>
    /// <exception cref="RefusedException">The store cannot be read.</exception>
    public async Task<WorkerRequest?> HoldAsync(WorkerRequest request, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            return request.IsPending ? await host.Requests.WaitAsync(request.RequestId, patience, cancellationToken) : request;
        }
        finally
        {
            _held.Release(request.Key);
        }
    }

    /// <summary>Notes that the agent was told of a decision.</summary>
    /// <returns>False where there was nothing to note.</returns>
    /// <exception cref="RefusedException">It is none of this run's, or the store cannot take it.</exception>
    public async Task<bool> GivenAsync(string runId, string requestId)
    {
        var request = await host.Requests.FindAsync(requestId);
        return request.RunId == runId
            ? !request.IsPending && await host.Requests.DeliverAsync(request)
            : throw new RefusedException(RefusalCode.NotFound, $"Request '{requestId}' is none of this run's.");
    }

    /// <summary>Asks for leave on behalf of an agent that is answered on its input. A store that cannot take it is asked again for as long as a call is held.</summary>
    /// <inheritdoc cref="AskPermissionAsync"/>
    public async Task<PermissionReply> AnswerAsync(string runId, AgentEvent.PermissionAsked asked, TimeSpan hold, CancellationToken cancellationToken)
    {
        long begun = host.Time.GetTimestamp();
        while (true)
        {
            try
            {
                return await AnswerOnceAsync(runId, asked, hold, cancellationToken);
            }
            catch (RefusedException e) when (e.Code == RefusalCode.StoreUnavailable && host.Time.GetElapsedTime(begun) + StorePause < hold)
            {
                await Task.Delay(StorePause, host.Time, cancellationToken);
            }
        }
    }

    private async Task<PermissionReply> AnswerOnceAsync(string runId, AgentEvent.PermissionAsked asked, TimeSpan hold, CancellationToken cancellationToken)
    {
        var request = await AskPermissionAsync(runId, asked.Id, asked.Tool, asked.Input);

        // The agent has waited since it asked, whichever host was there.
        var left = hold - (host.Time.GetUtcNow() - request.Created);
        return await HoldAsync(request, left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken) is { } decided
            ? new(decided.IsYes, RequestReplies.Of(decided), decided.Delivered is null ? decided.RequestId : null)
            : new(false, RequestReplies.NotYet(request.RequestId));
    }

    /// <summary>Shows what the agent says of its progress as the run's activity.</summary>
    /// <param name="percent">Null where it says none.</param>
    /// <exception cref="RefusedException">The run is over, or there is nothing to show.</exception>
    public void Report(string runId, string text, int? percent)
    {
        var (worker, run) = Find(runId);
        string said = OneLine.Of(AgentText.Clean(text, ReportBytesMax));
        if (said.Length == 0)
        {
            throw new RefusedException(RefusalCode.InvalidArgument, "text is empty: say in a line how far you are.");
        }

        worker.Say(run, percent is { } share ? $"{Math.Clamp(share, 0, 100)}%: {said}" : said);
    }

    /// <summary>Points out a file that the run has made; it becomes a fact, and part of the run's result.</summary>
    /// <param name="path">Within the workspace, wherever links lead; absolute, or relative to it.</param>
    /// <exception cref="RefusedException">The run is over; there is no such file there; there are too many; the store cannot take it.</exception>
    public async Task<SharedArtifact> ShareAsync(string runId, string path, string? description)
    {
        var (worker, run) = Find(runId);
        var artifact = SharedArtifacts.Examine(
            worker.WorkingDirectory, path, AgentText.Clean(run.Secrets.Mask(description ?? ""), DescriptionBytesMax));
        if (!SharedArtifacts.Add(run.Identity.RunDirectory, artifact))
        {
            throw new RefusedException(RefusalCode.LimitReached, $"This run has shared {SharedArtifacts.Max} files already, which is all that is kept.");
        }

        string line = OneLine.Of($"{artifact.Path} ({artifact.Bytes} bytes){(artifact.Description.Length == 0 ? "" : $": {artifact.Description}")}");
        await WorkerHost.WriteAsync(() => host.Store.Workers.AddFactAsync(
            new(0, host.Time.GetUtcNow(), WorkerEventKind.ArtifactShared, worker.Id, runId, WorkerStatus.Running, line)));
        return artifact;
    }

    private static RequestDraft DraftOf(Worker worker, PromptRun run, RequestKind kind, string key, string text) => new()
    {
        Kind = kind,
        Key = $"{run.Identity.RunId}/{key}",
        RunId = run.Identity.RunId,
        Continues = run.Identity.Continues,
        Autonomy = worker.Autonomy,
        WorkerId = worker.Id,
        WorkerType = worker.Type.Name,
        Text = text,
    };

    private async Task<WorkerRequest> AskAsync(List<WorkerRequest> pending, RequestDraft draft)
    {
        if (host.Live.Find(draft.RunId!)?.Run.Holds.Asked >= AskedMax)
        {
            throw new RefusedException(RefusalCode.LimitReached, $"This run has asked {AskedMax} times, which is as often as one may.");
        }

        if (pending.Count >= PendingMax && pending.TrueForAll(request => request.Key != draft.Key))
        {
            throw new RefusedException(RefusalCode.LimitReached, $"{pending.Count} requests of this run wait for an answer. Wait for those first.");
        }

        return await host.Requests.AskAsync(draft);
    }

    private List<WorkerRequest> PendingOf(string runId) => [.. host.Requests.Pending.Where(request => request.RunId == runId)];

    private (Worker Worker, PromptRun Run) Find(string runId) => host.Live.Find(runId)
        ?? throw new RefusedException(RefusalCode.NotFound, $"Run '{runId}' is over: nothing can be asked, reported or shared for it any more.");

    private static string Checked(string key) => key.Length is > 0 and <= KeyMax && key.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-' or '.' or ':')
        ? key
        : throw new RefusedException(RefusalCode.InvalidArgument, $"key is none: 1 to {KeyMax} letters, digits, '_', '-', '.' and ':'.");

    private static bool IsToolName(string tool) => tool.Length is > 0 and <= ToolMax
        && tool.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '-' or '.' or ':' or '/');
}
