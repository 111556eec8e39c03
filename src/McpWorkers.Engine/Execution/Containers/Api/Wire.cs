using System.Text.Json.Serialization;

namespace McpWorkers.Engine.Execution.Containers.Api;

// The engine's own shapes (Docker Engine API 1.41 to 1.44, and Podman's compatible door), as far as they are used.
// All that is read may be absent: engines differ, and null is no error before somebody needs the value.
internal sealed record WireError([property: JsonPropertyName("message")] string? Message);

internal sealed record WireVersion(string? Version, string? ApiVersion, [property: JsonPropertyName("MinAPIVersion")] string? MinApiVersion, IReadOnlyList<WireComponent>? Components);

internal sealed record WireComponent(string? Name);

internal sealed record WireInfo(
    bool? MemoryLimit,
    [property: JsonPropertyName("CpuCfsQuota")] bool? CpuQuota,
    bool? PidsLimit,
    [property: JsonPropertyName("NCPU")] int? Processors,
    bool? Rootless,
    IReadOnlyList<string>? SecurityOptions,
    IReadOnlyList<string>? Warnings);

internal sealed record WireImage(string? Id, WireImageConfig? Config);

internal sealed record WireImageConfig(IReadOnlyList<string>? Env, string? User);

internal sealed record WireCreated(string? Id, IReadOnlyList<string>? Warnings);

internal sealed record WireContainer(string? Id, string? Name, WireState? State, WireContainerConfig? Config);

internal sealed record WireContainerConfig(IReadOnlyDictionary<string, string>? Labels);

internal sealed record WireState(
    string? Status, int? ExitCode, [property: JsonPropertyName("OOMKilled")] bool? OutOfMemory, string? Error, string? StartedAt, string? FinishedAt);

internal sealed record WireListed(string? Id, IReadOnlyList<string>? Names, string? State, IReadOnlyDictionary<string, string>? Labels);

internal sealed record WireWait(int? StatusCode);

internal sealed record WireExecCreated(string? Id);

internal sealed record WireExecState(bool? Running, int? ExitCode);

internal sealed record WireStats(
    [property: JsonPropertyName("memory_stats")] WireMemory? Memory,
    [property: JsonPropertyName("cpu_stats")] WireCpu? Cpu,
    [property: JsonPropertyName("pids_stats")] WireProcesses? Processes);

internal sealed record WireMemory([property: JsonPropertyName("usage")] long? Usage, [property: JsonPropertyName("stats")] WireMemoryDetail? Detail);

/// <param name="InactiveFileV1">With cgroup v1.</param>
/// <param name="InactiveFileV2">With cgroup v2.</param>
internal sealed record WireMemoryDetail(
    [property: JsonPropertyName("total_inactive_file")] long? InactiveFileV1, [property: JsonPropertyName("inactive_file")] long? InactiveFileV2);

internal sealed record WireCpu([property: JsonPropertyName("cpu_usage")] WireCpuUsage? Usage);

internal sealed record WireCpuUsage([property: JsonPropertyName("total_usage")] long? Total);

internal sealed record WireProcesses([property: JsonPropertyName("current")] long? Current);

internal sealed record WirePull(
    [property: JsonPropertyName("status")] string? Status,
    [property: JsonPropertyName("id")] string? Id,
    [property: JsonPropertyName("error")] string? Error,
    [property: JsonPropertyName("stream")] string? Stream,
    [property: JsonPropertyName("progressDetail")] WireProgress? Progress);

internal sealed record WireProgress([property: JsonPropertyName("current")] long? Current, [property: JsonPropertyName("total")] long? Total);
