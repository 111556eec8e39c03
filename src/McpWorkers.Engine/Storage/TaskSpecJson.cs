using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage;

/// <summary>A task's specification as it is kept: only what was asked for.</summary>
internal static class TaskSpecJson
{
    public static string Write(TaskSpec spec)
    {
        var json = new JsonObject();
        Put("worker_type", spec.WorkerType);
        Put("model", spec.Model);
        Put("permission", spec.Permission?.ToWire());
        Put("working_directory", spec.WorkingDirectory);
        Put("workspace", spec.Workspace is { } place ? Workspace(place) : null);
        Put("launcher", spec.Launcher?.ToWire());
        Put("image", spec.Image);
        Put("verify", Texts(spec.Verify));
        Put("files", Texts(spec.Files));
        Put("timeout_seconds", spec.Timeout?.TotalSeconds);
        Put("autonomy", spec.Autonomy?.ToWire());
        Put("budget", BudgetJson.Of(spec.Budget));
        Put("source", spec.Source);
        Put("environment", spec.Environment);
        return json.ToJsonString();

        void Put(string name, JsonNode? value)
        {
            if (value is not null)
            {
                json[name] = value;
            }
        }
    }

    /// <exception cref="FormatException">It is not what <see cref="Write"/> writes.</exception>
    public static TaskSpec Read(JsonNode? json)
    {
        try
        {
            var spec = json!.AsObject();
            return new()
            {
                WorkerType = Text(spec, "worker_type"),
                Model = Text(spec, "model"),
                Permission = PermissionNames.TryParse(Text(spec, "permission"), out var permission) ? permission : null,
                WorkingDirectory = Text(spec, "working_directory"),
                Workspace = spec["workspace"] is JsonObject place ? Workspace(place) : null,
                Launcher = LauncherKindNames.TryParse(Text(spec, "launcher"), out var launcher) ? launcher : null,
                Image = Text(spec, "image"),
                Verify = Texts(spec, "verify"),
                Files = Texts(spec, "files"),
                Timeout = spec["timeout_seconds"] is { } seconds ? TimeSpan.FromSeconds(seconds.GetValue<double>()) : null,
                Autonomy = AutonomyLevelNames.TryParse(Text(spec, "autonomy"), out var autonomy) ? autonomy : null,
                Budget = BudgetJson.Read(spec["budget"]),
                Source = Text(spec, "source"),
                Environment = Text(spec, "environment"),
            };
        }
        catch (Exception e) when (e is NullReferenceException or InvalidOperationException)
        {
            throw new FormatException("A task's specification cannot be read.", e);
        }
    }

    private static string? Text(JsonObject json, string name) => json[name]?.GetValue<string>();

    private static string[] Texts(JsonObject json, string name) => [.. (json[name]?.AsArray() ?? []).Select(text => text!.GetValue<string>())];

    private static JsonArray? Texts(IReadOnlyList<string> texts) => texts.Count == 0 ? null : new JsonArray([.. texts.Select(text => (JsonNode)text)]);

    private static JsonObject Workspace(WorkspaceSpec place) => new()
    {
        ["kind"] = place.Kind.ToWire(),
        ["repository"] = place.Repository,
        ["branch"] = place.Branch,
        ["from"] = place.From,
        ["bring_changes"] = place.BringChanges,
    };

    private static WorkspaceSpec Workspace(JsonObject json) => new()
    {
        Kind = WorkspaceKindNames.TryParse(Text(json, "kind") ?? "", out var kind)
            ? kind
            : throw new FormatException("A task's specification names no kind of workspace that is known."),
        Repository = Text(json, "repository"),
        Branch = Text(json, "branch"),
        From = Text(json, "from"),
        BringChanges = json["bring_changes"]?.GetValue<bool>() ?? false,
    };
}
