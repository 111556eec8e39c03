using System.Text.Json.Nodes;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>What a launch in a container records beside what every launch does: enough to find the container again.</summary>
/// <param name="Name">The container's; made of the run's marker, or of the worker's where it is kept.</param>
/// <param name="Engine">The engine's address; for messages.</param>
/// <param name="IsKept">The run is a command in a container that its worker keeps.</param>
/// <param name="SeesFiles">False: the engine does not see our files; the output was streamed, and nobody can adopt such a run.</param>
internal sealed record ContainerRecord(string Name, string Image, string Engine, bool IsKept, bool SeesFiles = true)
{
    public JsonObject ToJson() => new()
    {
        ["name"] = Name,
        ["image"] = Image,
        ["engine"] = Engine,
        ["kept"] = IsKept,
        ["sees_files"] = SeesFiles,
    };

    public static ContainerRecord Of(JsonNode json) => new(
        json["name"]!.GetValue<string>(),
        json["image"]!.GetValue<string>(),
        json["engine"]!.GetValue<string>(),
        json["kept"]!.GetValue<bool>(),
        json["sees_files"]!.GetValue<bool>());
}
