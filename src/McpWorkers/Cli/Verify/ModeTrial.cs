using System.Text.Json.Nodes;
using McpWorkers.Cli.Workspaces;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Client;

namespace McpWorkers.Cli.Verify;

/// <summary>
/// A small job through the ordinary calls: spawn, execute with a check, see that the change is where it should be and nowhere else, merge or
/// discard, close. What it leaves behind in the host it removes.
/// </summary>
internal sealed class ModeTrial(WorkerClient client, TrialGround ground, LauncherKind launcher, TimeProvider time)
{
    private const string FileName = "trial.txt";
    private const string ProcessType = "simulated";

    /// <summary>The simulated agent is in nobody's image; a shell is.</summary>
    private const string ContainerType = "container-executor";

    private static readonly TimeSpan RunLimit = TimeSpan.FromSeconds(60);

    /// <summary>For the whole job: what hangs does not work, and must be told.</summary>
    private static readonly TimeSpan TrialLimit = TimeSpan.FromSeconds(120);

    private static readonly TimeSpan CleanUpLimit = TimeSpan.FromSeconds(20);

    /// <summary>What it is at.</summary>
    private string _step = "beginning";

    private bool _isOffered = true;

    private bool IsContainer => launcher == LauncherKind.Container;

    public async Task<ModeVerdict> RunAsync(WorkspaceKind kind, CancellationToken cancellationToken)
    {
        long begun = time.GetTimestamp();
        if (kind != WorkspaceKind.Directory && await TrialGround.WhyNoGitAsync(cancellationToken) is { } missing)
        {
            return new(kind, launcher, Offered: false, Works: false, missing, time.GetElapsedTime(begun));
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = time.CreateTimer(_ => limit.CancelAsync(), null, TrialLimit, Timeout.InfiniteTimeSpan);
        string why;
        try
        {
            why = await TryAsync(kind, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            why = $"it did not end within {TrialLimit.TotalSeconds:0} s, while {_step}";
        }
        catch (Exception e) when (e is RefusedException or UnansweredException)
        {
            why = e.Message;
        }

        return new(kind, launcher, _isOffered, Works: why.Length == 0, why, time.GetElapsedTime(begun));
    }

    /// <returns>What did not work; empty where all did.</returns>
    private async Task<string> TryAsync(WorkspaceKind kind, CancellationToken cancellationToken)
    {
        string name = $"{kind.ToWire()}-{launcher.ToWire()}";
        var (place, fault) = kind == WorkspaceKind.Directory
            ? (ground.MakeFolder(name), "")
            : await ground.MakeRepositoryAsync(name, cancellationToken);
        if (place is null)
        {
            return fault;
        }

        _step = "spawning";
        var ids = await client.SpawnAsync(RequestOf(kind, place), cancellationToken);
        try
        {
            return await JobAsync(kind, place, ids[0], cancellationToken);
        }
        finally
        {
            await CleanUpAsync(ids[0]);
        }
    }

    private SpawnRequest RequestOf(WorkspaceKind kind, string place) => new()
    {
        WorkerType = IsContainer ? ContainerType : ProcessType,
        WorkingDirectory = place,
        Permission = Permission.Edit,
        Workspace = new() { Kind = kind, Repository = kind == WorkspaceKind.Clone ? place : null },
        Verify = [OperatingSystem.IsWindows() ? $"if not exist {FileName} exit 1" : $"test -f {FileName}"],
    };

    private async Task<string> JobAsync(WorkspaceKind kind, string place, string id, CancellationToken cancellationToken)
    {
        _step = "running";
        string prompt = IsContainer ? $"printf tried >{FileName}" : $"[[pace:fast]] [[write:{FileName}:tried]] [[text:done]]";
        var result = await client.ExecuteAsync(id, prompt, new() { Timeout = RunLimit }, cancellationToken);
        if (IsContainer && result["metadata"]?["outcome"]?.ToString() == "launch_failed")
        {
            // No engine, or no image that it could get: this machine does not have what it needs.
            _isOffered = false;
            return $"{result["error"]}";
        }

        if (result["status"]?.ToString() != "completed")
        {
            return $"the run {result["status"]}: {result["error"]}";
        }

        var evidence = result["metadata"]?["evidence"];
        if (evidence?["verified"] is not JsonValue verified || !verified.TryGetValue(out bool passed) || !passed)
        {
            return $"the check was not passed: {evidence?.ToJsonString() ?? "there is no evidence"}";
        }

        bool isInPlace = File.Exists(Path.Combine(place, FileName));
        if (kind == WorkspaceKind.Directory)
        {
            return isInPlace ? "" : $"the agent's file is not in {place}";
        }

        if (isInPlace)
        {
            return "the agent's file is in the repository's own working tree, before it was merged";
        }

        if (ChangesText.Number(evidence["changes"]?["file_count"]) != 1)
        {
            return $"one changed file was expected: {evidence["changes"]?.ToJsonString() ?? "there are no changes"}";
        }

        _step = "closing";
        await client.CloseAsync(id, cancellationToken);
        _step = kind == WorkspaceKind.Worktree ? "merging" : "discarding";
        return kind == WorkspaceKind.Worktree ? await MergeAsync(place, id, cancellationToken) : await DiscardAsync(id, cancellationToken);
    }

    private async Task<string> MergeAsync(string place, string id, CancellationToken cancellationToken)
    {
        var merged = (await client.Workspaces.MergeAsync([id], new(), cancellationToken)).FirstOrDefault();
        return merged?["status"]?.ToString() != "merged" ? $"it was not merged: {merged?.ToJsonString()}"
            : !File.Exists(Path.Combine(place, FileName)) ? "it was merged, and the file is not in the repository's working tree"
            : "";
    }

    private async Task<string> DiscardAsync(string id, CancellationToken cancellationToken)
    {
        bool hasPatch = false;
        await client.Workspaces.ReadPatchAsync(
            id,
            piece =>
            {
                hasPatch |= piece.Length > 0;
                return Task.CompletedTask;
            },
            cancellationToken);
        if (!hasPatch)
        {
            return "its patch is empty";
        }

        var discarded = await client.Workspaces.DiscardAsync(id, cancellationToken);
        if (discarded["trash_id"]?.ToString() is not { } trashId)
        {
            return "it was discarded without a snapshot, though it held a change";
        }

        await client.Workspaces.EmptyTrashAsync([trashId], cancellationToken);
        return "";
    }

    /// <summary>Whatever the trial came to; what is gone already needs nothing.</summary>
    private async Task CleanUpAsync(string id)
    {
        using var limit = new CancellationTokenSource(CleanUpLimit, time);
        await QuietlyAsync(async () => await client.CloseAsync(id, limit.Token));
        await QuietlyAsync(async () =>
        {
            if ((await client.Workspaces.DiscardAsync(id, limit.Token))["trash_id"]?.ToString() is { } trashId)
            {
                await client.Workspaces.EmptyTrashAsync([trashId], limit.Token);
            }
        });
    }

    private static async Task QuietlyAsync(Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (Exception e) when (e is RefusedException or UnansweredException or OperationCanceledException)
        {
            // It is not there any more, or cannot be removed: then it stays in the list, where a person finds it.
        }
    }
}
