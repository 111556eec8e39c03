namespace McpWorkers.Engine.Execution.Processes;

/// <summary>
/// The variables by which every process of a run is known: the run's marker (owner mark, a slash, the run's id), and, where the run was
/// started from within other runs, the markers of those.
/// </summary>
internal static class RunMarker
{
    public const string Variable = "MCPWORKERS_RUN";

    /// <summary>The markers of the runs around a run, the outermost first, each between colons.</summary>
    public const string LineageVariable = "MCPWORKERS_LINEAGE";

    public static string Of(string ownerMark, string runId) => $"{ownerMark}/{runId}";

    /// <summary>The run within which this host itself runs, if any.</summary>
    public static string? OfThisHost => Environment.GetEnvironmentVariable(Variable);

    public static bool IsVariable(string name) => name is Variable or LineageVariable;

    /// <summary>What a host with these two variables of its own gives to its runs.</summary>
    public static string? LineageWithin(string? marker, string? lineage) => string.IsNullOrEmpty(marker) ? null : $"{(string.IsNullOrEmpty(lineage) ? ":" : lineage)}{marker}:";

    /// <summary>What this host gives to its runs by itself: it may have been started within a run.</summary>
    public static string? LineageOfThisHost => LineageWithin(OfThisHost, Environment.GetEnvironmentVariable(LineageVariable));

    /// <summary>The innermost of the runs around.</summary>
    public static string? InnermostOf(string? lineage) => lineage?.Split(':', StringSplitOptions.RemoveEmptyEntries).LastOrDefault();

    /// <summary>The environment of a run's processes.</summary>
    public static IEnumerable<string> AddTo(IEnumerable<KeyValuePair<string, string>> environment, string marker, string? lineage)
    {
        return environment
            .Where(variable => !IsVariable(variable.Key))
            .Select(variable => $"{variable.Key}={variable.Value}")
            .Append($"{Variable}={marker}")
            .Concat(lineage is null ? [] : [$"{LineageVariable}={lineage}"]);
    }

    /// <summary>Whether an assignment names the run that a process is of itself.</summary>
    public static bool IsOwn(string assignment) => assignment.StartsWith($"{Variable}=", StringComparison.Ordinal);

    /// <summary>Whether an assignment in a process's environment makes it one of the run, or of a run within it.</summary>
    public static bool IsOf(string assignment, string marker) =>
        assignment == $"{Variable}={marker}"
        || (assignment.StartsWith($"{LineageVariable}=", StringComparison.Ordinal) && assignment.Contains($":{marker}:", StringComparison.Ordinal));

    /// <summary>The owner's run that an assignment names, the innermost where it names several. Null where it names none.</summary>
    public static string? RunOf(string assignment, string ownerMark)
    {
        string of = Of(ownerMark, "");
        string[] markers = IsOwn(assignment) ? [assignment[(Variable.Length + 1)..]]
            : assignment.StartsWith($"{LineageVariable}=", StringComparison.Ordinal) ? assignment[(LineageVariable.Length + 1)..].Split(':')
            : [];
        return markers.LastOrDefault(marker => marker.Length > of.Length && marker.StartsWith(of, StringComparison.Ordinal))?[of.Length..];
    }
}
