using System.Text.Json.Serialization;

namespace McpWorkers.Engine.Execution.Containers.Api;

/// <summary>The engine's shapes as JSON, in its own names.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WireError))]
[JsonSerializable(typeof(WireVersion))]
[JsonSerializable(typeof(WireInfo))]
[JsonSerializable(typeof(WireImage))]
[JsonSerializable(typeof(WireCreation))]
[JsonSerializable(typeof(WireCreated))]
[JsonSerializable(typeof(WireContainer))]
[JsonSerializable(typeof(IReadOnlyList<WireListed>))]
[JsonSerializable(typeof(WireWait))]
[JsonSerializable(typeof(WireExecCreation))]
[JsonSerializable(typeof(WireExecCreated))]
[JsonSerializable(typeof(WireExecStart))]
[JsonSerializable(typeof(WireExecState))]
[JsonSerializable(typeof(WireStats))]
[JsonSerializable(typeof(WirePull))]
[JsonSerializable(typeof(Dictionary<string, string[]>))]
internal sealed partial class EngineJson : JsonSerializerContext;
