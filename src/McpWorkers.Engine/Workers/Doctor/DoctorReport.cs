using System.Text.Json.Nodes;

namespace McpWorkers.Engine.Workers.Doctor;

/// <summary>What the doctor found. Data only: the CLI renders it.</summary>
public sealed record DoctorReport
{
    /// <summary>The setting: a type's name or <c>auto</c>.</summary>
    public required string DefaultType { get; init; }

    /// <summary>The type that it comes to here; null where <c>auto</c> finds none installed.</summary>
    public required string? ResolvedDefaultType { get; init; }

    public required IReadOnlyList<DoctorCheck> Checks { get; init; }

    /// <summary>One entry for each agent and program; agents that need no program are left out.</summary>
    public required IReadOnlyList<AgentReport> Agents { get; init; }

    public required IReadOnlyList<TypeReport> Types { get; init; }

    /// <summary>0 when the default type can run here, else 1.</summary>
    public int ExitCode => Checks.Any(c => c.Status == CheckStatus.Failed) ? 1 : 0;

    /// <summary><c>{exit_code, default_type, resolved_default_type, checks, agents, types}</c>.</summary>
    public JsonObject ToJson() => new()
    {
        ["exit_code"] = ExitCode,
        ["default_type"] = DefaultType,
        ["resolved_default_type"] = ResolvedDefaultType,
        ["checks"] = new JsonArray([.. Checks.Select(c => (JsonNode)c.ToJson())]),
        ["agents"] = new JsonArray([.. Agents.Select(a => (JsonNode)a.ToJson())]),
        ["types"] = new JsonArray([.. Types.Select(t => (JsonNode)t.ToJson())]),
    };

    internal static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)JsonValue.Create(t))]);
}

public enum CheckStatus
{
    Ok,
    Warning,

    /// <summary>The default type cannot run because of it.</summary>
    Failed,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">Such as <c>data directory</c>.</param>
/// <param name="Message">What was found, in a sentence.</param>
/// <param name="Remedy">What to do about it; null where nothing is to be done.</param>
public sealed record DoctorCheck(string Name, CheckStatus Status, string Message, string? Remedy = null)
{
    internal JsonObject ToJson() => new()
    {
        ["name"] = Name,
        ["status"] = Status switch { CheckStatus.Ok => "ok", CheckStatus.Warning => "warning", _ => "failed" },
        ["message"] = Message,
        ["remedy"] = Remedy,
    };
}

/// <summary>An agent's program on this machine.</summary>
public sealed record AgentReport
{
    /// <summary>The adapter's name.</summary>
    public required string Agent { get; init; }

    /// <summary>What was looked for: a name on PATH, or a path.</summary>
    public required string Program { get; init; }

    /// <summary>Absolute; null where it is not installed.</summary>
    public string? Path { get; init; }

    /// <summary>As the program says it; null where it says none.</summary>
    public string? Version { get; init; }

    /// <summary>The adapter was run against this version.</summary>
    public bool VersionProved { get; init; }

    /// <summary>Flags that we use and that its help does not show.</summary>
    public IReadOnlyList<string> MissingFlags { get; init; } = [];

    /// <summary>Where a key or login was found: <c>variable X</c> or <c>file ~/…</c>; never a value. Null: none found, or none needed.</summary>
    public string? Credential { get; init; }

    /// <summary>False for programs of which no key, login or version is known.</summary>
    public bool IsKnown { get; init; } = true;

    /// <summary>What may go wrong, each in a sentence.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The command that installs it; empty where it is not ours to know.</summary>
    public string Install { get; init; } = "";

    public bool Installed => Path is not null;

    internal JsonObject ToJson() => new()
    {
        ["agent"] = Agent,
        ["program"] = Program,
        ["installed"] = Installed,
        ["path"] = Path,
        ["version"] = Version,
        ["version_proved"] = VersionProved,
        ["missing_flags"] = DoctorReport.Texts(MissingFlags),
        ["credential"] = Credential,
        ["warnings"] = DoctorReport.Texts(Warnings),
        ["install"] = Install,
    };
}

/// <summary>A worker type, and whether it can run here.</summary>
/// <param name="Missing">Why it cannot run, with the remedy. Null where it can.</param>
public sealed record TypeReport(string Name, string Agent, string? Missing)
{
    internal JsonObject ToJson() => new() { ["name"] = Name, ["agent"] = Agent, ["can_run"] = Missing is null, ["missing"] = Missing };
}
