using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Containers;
using McpWorkers.Engine.Workers.Homes;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>
/// A worker's own file, <c>worker.json</c> (0600): what it was spawned as, and the environment it was spawned in, which may hold secrets and
/// is therefore nowhere else. Dropped when the worker is closed.
/// </summary>
internal sealed class WorkerFiles(IRunHome home)
{
    private const string FileName = "worker.json";
    private const int FormatVersion = 1;

    /// <exception cref="IOException">It could not be written.</exception>
    public void Write(WorkerFile file)
    {
        var worker = file.Worker;
        if (home.WorkerPath(worker.WorkerId) is not { } directory)
        {
            return;
        }

        DataDirectory.MakePrivate(directory);
        var json = new JsonObject
        {
            ["format"] = FormatVersion,
            ["worker_id"] = worker.WorkerId,
            ["worker_type"] = worker.WorkerType,
            ["agent"] = worker.Agent,
            ["working_directory"] = worker.WorkingDirectory,
            ["model"] = worker.Model,
            ["permission"] = worker.Permission?.ToWire(),
            ["parent_run"] = worker.ParentRun,
            ["created_at"] = worker.Created.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            ["launcher"] = file.Launch.Launcher.ToWire(),
            ["image"] = file.Launch.Image,
            ["fresh_sessions"] = file.IsFresh,
            ["autonomy"] = file.Autonomy?.ToWire(),
            ["budget"] = BudgetJson.Of(file.Budget),
            ["verify"] = new JsonArray([.. file.Verify.Select(command => (JsonNode)command)]),
            ["environment"] = new JsonObject(file.Environment.Select(variable => KeyValuePair.Create(variable.Key, (JsonNode?)variable.Value))),
        };
        DataDirectory.WritePrivate(Path.Combine(directory, FileName), Encoding.UTF8.GetBytes(json.ToJsonString()));
    }

    /// <summary>Null where there is none, or it cannot be read.</summary>
    public WorkerFile? TryRead(string workerId)
    {
        if (home.WorkerPath(workerId) is not { } directory)
        {
            return null;
        }

        try
        {
            var json = JsonNode.Parse(File.ReadAllBytes(Path.Combine(directory, FileName)))!.AsObject();
            var worker = new StoredWorker
            {
                WorkerId = json["worker_id"]!.GetValue<string>(),
                WorkerType = json["worker_type"]!.GetValue<string>(),
                Agent = json["agent"]!.GetValue<string>(),
                WorkingDirectory = json["working_directory"]!.GetValue<string>(),
                Model = json["model"]?.GetValue<string>(),
                Permission = PermissionNames.TryParse(json["permission"]?.GetValue<string>() ?? "", out var permission) ? permission : null,
                ParentRun = json["parent_run"]?.GetValue<string>(),
                Created = DateTimeOffset.Parse(json["created_at"]!.GetValue<string>(), CultureInfo.InvariantCulture),
            };
            return new(
                worker,
                json["environment"]!.AsObject().ToDictionary(variable => variable.Key, variable => variable.Value!.GetValue<string>()),
                [.. (json["verify"]?.AsArray() ?? []).Select(command => command!.GetValue<string>())],
                LauncherKindNames.TryParse(json["launcher"]?.GetValue<string>(), out var launcher)
                    ? new(launcher, json["image"]?.GetValue<string>())
                    : LaunchChoice.Process,
                json["fresh_sessions"]?.GetValue<bool>() ?? false,
                AutonomyLevelNames.TryParse(json["autonomy"]?.GetValue<string>(), out var autonomy) ? autonomy : null)
            {
                Budget = BudgetJson.Read(json["budget"]),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or NullReferenceException
            or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    public void Drop(string workerId)
    {
        if (home.WorkerPath(workerId) is { } directory && Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}

/// <summary>What a worker's file says.</summary>
/// <param name="Verify">The commands that check each of its runs.</param>
/// <param name="Launch">How its commands are started.</param>
/// <param name="IsFresh">Each of its runs gets a session of its own.</param>
/// <param name="Autonomy">How far its runs may go alone; null for what the host says.</param>
internal sealed record WorkerFile(
    StoredWorker Worker, IReadOnlyDictionary<string, string> Environment, IReadOnlyList<string> Verify, LaunchChoice Launch,
    bool IsFresh = false, AutonomyLevel? Autonomy = null)
{
    /// <summary>What each of its runs may spend.</summary>
    public Budget Budget { get; init; } = Budget.None;
}
