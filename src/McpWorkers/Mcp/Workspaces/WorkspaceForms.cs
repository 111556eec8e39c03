using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Workspaces.Merging;
using McpWorkers.Engine.Workspaces.Trash;

namespace McpWorkers.Mcp.Workspaces;

/// <summary>Workspaces, what they hold, and the trash, as tools, resources and REST show them.</summary>
internal static class WorkspaceForms
{
    /// <summary>Names beyond these are counted, not shown: a list of workspaces is to be read by a model.</summary>
    private const int NamesMax = 20;

    /// <summary>For single workspaces and merges.</summary>
    private const int FilesMax = 200;

    public static JsonObject Of(WorkspaceView view) => new()
    {
        ["worker_id"] = view.Id,
        ["kind"] = view.Kind.ToWire(),
        ["path"] = view.Path,
        ["source"] = view.Source,
        ["branch"] = view.Branch,
        ["target"] = view.Target,
        ["has_worker"] = view.HasWorker,
        ["created"] = Time(view.Created),
        ["merged_head"] = view.MergedHead,
        ["notes"] = Texts(view.Notes),
    };

    /// <summary>In short: counts, and some names.</summary>
    public static JsonObject Brief(WorkspaceChanges changes)
    {
        var json = new JsonObject
        {
            ["commits"] = changes.Commits.Count,
            ["file_count"] = changes.FileCount,
            ["added"] = changes.Added,
            ["deleted"] = changes.Deleted,
        };
        AddNames(json, "files", [.. changes.Files.Select(file => file.Path)], NamesMax, changes.FileCount);
        AddNames(json, "uncommitted", changes.Uncommitted, NamesMax);
        AddNames(json, "nested_repositories", changes.NestedRepositories, NamesMax);
        return json;
    }

    /// <summary>As in a result's <c>metadata.evidence.changes</c>.</summary>
    public static JsonObject Whole(WorkspaceChanges changes) => new()
    {
        ["path"] = changes.Path,
        ["branch"] = changes.Branch,
        ["base"] = changes.Base,
        ["head"] = changes.Head,
        ["commits"] = new JsonArray([.. changes.Commits.Select(commit => (JsonNode)new JsonObject { ["id"] = commit.Id, ["subject"] = commit.Subject })]),
        ["files"] = new JsonArray([.. changes.Files.Select(file => (JsonNode)new JsonObject
        {
            ["path"] = file.Path,
            ["status"] = file.Status,
            ["from"] = file.From,
            ["added"] = file.Added,
            ["deleted"] = file.Deleted,
        })]),
        ["file_count"] = changes.FileCount,
        ["added"] = changes.Added,
        ["deleted"] = changes.Deleted,
        ["nested_repositories"] = Texts(changes.NestedRepositories),
        ["uncommitted"] = Texts(changes.Uncommitted),
    };

    public static JsonObject Of(MergeForecast forecast) => new()
    {
        ["target"] = forecast.Target,
        ["collisions"] = new JsonArray([.. forecast.Collisions.Select(Of)]),
        ["overlaps"] = new JsonArray([.. forecast.Overlaps.Select(Of)]),
    };

    public static JsonObject Of(MergeOutcome outcome)
    {
        var json = new JsonObject
        {
            ["worker_id"] = outcome.Id,
            ["status"] = outcome.Status,
            ["target"] = outcome.Target,
            ["commit"] = outcome.Commit,
        };
        AddNames(json, "files", outcome.Files, FilesMax);
        json["checks"] = new JsonArray([.. outcome.Checks.Select(Of)]);
        json["detail"] = outcome.Detail;
        return json;
    }

    public static JsonObject Of(TrashEntry entry)
    {
        var json = new JsonObject
        {
            ["trash_id"] = entry.Id,
            ["worker_id"] = entry.Workspace.Id,
            ["kind"] = entry.Workspace.Kind.ToWire(),
            ["source"] = entry.Workspace.Source,
            ["branch"] = entry.Workspace.BranchName,
            ["taken"] = Time(entry.Taken),
            ["why"] = entry.Why,
            ["file_count"] = entry.Files,
            ["bytes"] = entry.Bytes,
            ["repository"] = entry.Repository,
            ["ref"] = entry.Ref,
            ["commit"] = entry.Commit,
        };
        AddNames(json, "left_out", entry.LeftOut, FilesMax);
        return json;
    }

    public static JsonObject Of(TrashFile file) => new() { ["path"] = file.Path, ["state"] = file.State, ["bytes"] = file.Bytes };

    public static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    private static JsonObject Of(Collision collision)
    {
        var json = new JsonObject { ["with"] = collision.With };
        AddNames(json, "files", collision.Files, FilesMax);
        return json;
    }

    private static JsonObject Of(CheckResult check) => new()
    {
        ["command"] = check.Command,
        ["exit_code"] = check.ExitCode,
        ["seconds"] = check.Seconds,
        ["output"] = check.Output,
    };

    /// <summary>The first names, and where there are more how many.</summary>
    private static void AddNames(JsonObject json, string key, IReadOnlyList<string> names, int max, int? count = null)
    {
        json[key] = Texts(names.Take(max));
        int left = (count ?? names.Count) - Math.Min(names.Count, max);
        if (left > 0)
        {
            json[key + "_left_out"] = left;
        }
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
