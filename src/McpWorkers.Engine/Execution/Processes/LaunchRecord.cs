using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>What <c>launch.json</c> holds: all that a later observer needs to come to the same result.</summary>
internal sealed record LaunchRecord
{
    private const int FormatVersion = 1;

    public required string Executable { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }

    public required string WorkingDirectory { get; init; }

    /// <summary>Names only: values may be secrets.</summary>
    public required IReadOnlyList<string> Variables { get; init; }

    /// <summary>Tells whether processes with the recorded start ticks can still be there.</summary>
    public required string BootId { get; init; }

    public required DateTimeOffset Started { get; init; }

    /// <summary>Milliseconds since boot, for bounds that no change of the wall clock moves.</summary>
    public required long StartedTicks { get; init; }

    public required RunBounds Bounds { get; init; }

    public required StopPlan Stop { get; init; }

    /// <summary>The marker in the environment of all processes of the run.</summary>
    public required string Marker { get; init; }

    public required bool HasChannel { get; init; }

    /// <summary>The markers of the runs within which this one was started, the outermost first, each between colons; null where there is none.</summary>
    public string? Lineage { get; init; }

    /// <summary>Path of the cgroup that was made for the command; null where none could be made.</summary>
    public string? Cgroup { get; init; }

    /// <summary>Seconds since boot at the launch, sleep of the machine included, as the kernel tells it also to the wrapper. Null elsewhere than on Linux.</summary>
    public double? StartedUptime { get; init; }

    public ResourceLimits Limits { get; init; } = ResourceLimits.None;

    /// <summary>Paths of the cgroups that keep limits: the kernel does, of these kinds.</summary>
    public IReadOnlyDictionary<LimitKind, string> LimitCgroups { get; init; } = new Dictionary<LimitKind, string>();

    /// <summary>The directories that count for the limit on disk; none without one.</summary>
    public IReadOnlyList<string> DiskPlaces { get; init; } = [];

    /// <summary>Null for a process of this machine.</summary>
    public ContainerRecord? Container { get; init; }

    /// <summary>Since the launch, by the clock that nobody sets; only within the same start of the machine.</summary>
    public TimeSpan Age => TimeSpan.FromMilliseconds(Environment.TickCount64 - StartedTicks);

    public string ToJson() => new JsonObject
    {
        ["format"] = FormatVersion,
        ["argv"] = new JsonArray([Executable, .. Arguments.Select(argument => (JsonNode)argument)]),
        ["cwd"] = WorkingDirectory,
        ["variables"] = new JsonArray([.. Variables.Select(name => (JsonNode)name)]),
        ["boot_id"] = BootId,
        ["started_at"] = Started.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        ["started_ticks_ms"] = StartedTicks,
        ["marker"] = Marker,
        ["parent"] = RunMarker.InnermostOf(Lineage),
        ["lineage"] = Lineage,
        ["cgroup"] = Cgroup,
        ["started_uptime_seconds"] = StartedUptime,
        ["input"] = HasChannel ? "channel" : "file",
        ["bounds"] = new JsonObject
        {
            ["first_output_seconds"] = Bounds.FirstOutput.TotalSeconds,
            ["silence_seconds"] = Bounds.Silence.TotalSeconds,
            ["silence_in_tool_seconds"] = Bounds.SilenceInTool.TotalSeconds,
            ["wall_clock_seconds"] = Bounds.WallClock.TotalSeconds,
            ["after_result_seconds"] = Bounds.AfterResult.TotalSeconds,
            ["output_bytes_max"] = Bounds.OutputBytesMax,
            ["line_bytes_max"] = Bounds.LineBytesMax,
        },
        ["limits"] = new JsonObject
        {
            ["memory_bytes"] = Limits.MemoryBytes,
            ["cpus"] = Limits.Cpus,
            ["processes"] = Limits.Processes,
            ["disk_bytes"] = Limits.DiskBytes,
            ["cgroups"] = new JsonObject(LimitCgroups.Select(each => KeyValuePair.Create(each.Key.ToString(), (JsonNode?)each.Value))),
            ["disk_places"] = new JsonArray([.. DiskPlaces.Select(place => (JsonNode)place)]),
        },
        ["container"] = Container?.ToJson(),
        ["stop"] = new JsonArray([.. Stop.Steps.Select(step => new JsonObject
        {
            ["signal"] = step.Signal.ToString(),
            ["grace_seconds"] = step.Grace.TotalSeconds,
        })]),
    }.ToJsonString(new JsonSerializerOptions { WriteIndented = true });

    /// <exception cref="LaunchException">The file is absent or is no launch of ours.</exception>
    public static LaunchRecord Read(string path)
    {
        try
        {
            var json = JsonNode.Parse(File.ReadAllBytes(path))!;
            var argv = json["argv"]!.AsArray().Select(word => word!.GetValue<string>()).ToList();
            var bounds = json["bounds"]!;
            return new()
            {
                Executable = argv[0],
                Arguments = argv[1..],
                WorkingDirectory = json["cwd"]!.GetValue<string>(),
                Variables = [.. json["variables"]!.AsArray().Select(name => name!.GetValue<string>())],
                BootId = json["boot_id"]!.GetValue<string>(),
                Started = DateTimeOffset.Parse(json["started_at"]!.GetValue<string>(), CultureInfo.InvariantCulture),
                StartedTicks = json["started_ticks_ms"]!.GetValue<long>(),
                Marker = json["marker"]!.GetValue<string>(),
                Lineage = json["lineage"]?.GetValue<string>(),
                Cgroup = json["cgroup"]?.GetValue<string>(),
                StartedUptime = json["started_uptime_seconds"]?.GetValue<double>(),
                HasChannel = json["input"]!.GetValue<string>() == "channel",
                Bounds = new()
                {
                    FirstOutput = Seconds(bounds, "first_output_seconds"),
                    Silence = Seconds(bounds, "silence_seconds"),
                    SilenceInTool = Seconds(bounds, "silence_in_tool_seconds"),
                    WallClock = Seconds(bounds, "wall_clock_seconds"),
                    AfterResult = Seconds(bounds, "after_result_seconds"),
                    OutputBytesMax = bounds["output_bytes_max"]!.GetValue<long>(),
                    LineBytesMax = bounds["line_bytes_max"]!.GetValue<int>(),
                },
                Limits = new()
                {
                    MemoryBytes = json["limits"]?["memory_bytes"]?.GetValue<long>(),
                    Cpus = json["limits"]?["cpus"]?.GetValue<double>(),
                    Processes = json["limits"]?["processes"]?.GetValue<int>(),
                    DiskBytes = json["limits"]?["disk_bytes"]?.GetValue<long>(),
                },
                LimitCgroups = json["limits"]?["cgroups"]?.AsObject().ToDictionary(each => Enum.Parse<LimitKind>(each.Key), each => each.Value!.GetValue<string>())
                    ?? [],
                DiskPlaces = [.. json["limits"]?["disk_places"]?.AsArray().Select(place => place!.GetValue<string>()) ?? []],
                Container = json["container"] is { } container ? ContainerRecord.Of(container) : null,
                Stop = new([.. json["stop"]!.AsArray().Select(step => new StopStep(
                    Enum.Parse<StopSignal>(step!["signal"]!.GetValue<string>()), Seconds(step, "grace_seconds")))]),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or NullReferenceException
            or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new LaunchException($"'{path}' is no record of a launch: {e.Message}", e);
        }
    }

    private static TimeSpan Seconds(JsonNode node, string name) => TimeSpan.FromSeconds(node[name]!.GetValue<double>());
}
