using System.Text.Json.Nodes;
using McpWorkers.Daemon;
using McpWorkers.Daemon.Client;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Tests.Cli;
using McpWorkers.Tests.Daemon;
using McpWorkers.Voice;
using Xunit;

namespace McpWorkers.Tests.Voice;

/// <summary>A daemon inside the test process with a run that goes on, and what the run's own server has of it.</summary>
internal sealed class VoiceScene : IAsyncDisposable
{
    public const string Question = "Which one?";

    private readonly List<VoiceLink> _links = [];
    private readonly Func<HostSettings, HostSettings>? _change;
    private DaemonHost? _host;

    private VoiceScene(Func<HostSettings, HostSettings>? change) => _change = change;

    public DaemonPlace Place { get; } = new();

    /// <summary>Of the daemon that runs now.</summary>
    public WorkerManager Manager { get; private set; } = null!;

    public string WorkerId { get; private set; } = "";

    public string RunId { get; private set; } = "";

    public string Work => Path.Combine(Place.Root, "work");

    public string Token => Variables["MCPWORKERS_RUN_TOKEN"];

    public IReadOnlyDictionary<string, string> Variables => Server.Environment;

    public McpServerSpec Server => Manager.Voice.ServerFor(RunId, TimeSpan.FromSeconds(60), questions: true, permissions: true)!;

    public string Log => File.ReadAllText(Place.Paths.LogPath);

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<VoiceScene> StartAsync(string prompt = "[[sleep:60]]", Func<HostSettings, HostSettings>? change = null)
    {
        var scene = new VoiceScene(change);
        Directory.CreateDirectory(scene.Work);
        try
        {
            await scene.StartDaemonAsync();
            scene.WorkerId = (await scene.Manager.SpawnAsync(new SpawnRequest { WorkingDirectory = scene.Work }, Cancellation))[0];
            scene.RunId = (await scene.Manager.SubmitAsync(scene.WorkerId, prompt)).RunId;

            // The run's own server is there only once its agent is.
            await Until.TrueAsync(() => scene.Manager.List().Single().Status == WorkerStatus.Running);
            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    /// <param name="peer">Who everybody at the socket is; null for whoever it is.</param>
    public async Task StartDaemonAsync(Func<DaemonPeer>? peer = null)
    {
        var options = Place.Options(_change);
        _host = await Place.StartAsync(options with
        {
            Engine = async (directory, cancellationToken) => Manager = await options.Engine(directory, cancellationToken),
            Peer = peer is null ? options.Peer : (_, _) => peer(),
        });
    }

    /// <summary>The daemon goes; its runs go on.</summary>
    public async Task StopDaemonAsync()
    {
        await (_host?.DisposeAsync() ?? ValueTask.CompletedTask);
        _host = null;
    }

    public VoiceLink Link(string? token = null)
    {
        var link = new VoiceLink(Place.Data, token ?? Token, TimeProvider.System);
        _links.Add(link);
        return link;
    }

    public static Task<JsonObject?> AskAsync(VoiceLink link, string question = Question, double hold = 0, string key = "k1", TimeSpan? patience = null) => link.CallAsync(
        RunMethods.Ask, new() { ["key"] = key, ["question"] = question, ["hold_seconds"] = hold }, patience ?? TimeSpan.FromSeconds(20), Cancellation);

    /// <summary>Waits until somebody asks.</summary>
    public async Task<WorkerRequest> PendingAsync()
    {
        var asked = new TaskCompletionSource<WorkerRequest>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listening = Manager.Requests.Listen(request => _ = request.IsPending && asked.TrySetResult(request));
        var pending = Manager.Requests.PendingOf(RunId) ?? await asked.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);

        // It waits a moment before it is stored, and can be answered from then on.
        while ((await Manager.Requests.ListAsync(new() { RunId = RunId }, Cancellation)).Requests.Count == 0)
        {
            await Task.Delay(10, Cancellation);
        }

        return pending;
    }

    /// <summary>A client at the socket like any other.</summary>
    public Task<OpenDoor> OpenAsync(string kind = "cli", string? token = null) => Place.OpenAsync(Place.Request with { Kind = kind, Token = token });

    public async ValueTask DisposeAsync()
    {
        foreach (var link in _links)
        {
            await link.DisposeAsync();
        }

        if (_host is null)
        {
            await StartDaemonAsync();
        }

        if (WorkerId.Length > 0)
        {
            await Manager.CloseAsync(WorkerId, CancellationToken.None);
        }

        await StopDaemonAsync();
        Place.Dispose();
    }
}
