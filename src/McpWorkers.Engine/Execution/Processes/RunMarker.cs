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

    /// <summary>What a host with these two variables of its own gives to its runs.</summary>
    public static string? LineageWithin(string? marker, string? lineage) => string.IsNullOrEmpty(marker) ? null : $"{(string.IsNullOrEmpty(lineage) ? ":" : lineage)}{marker}:";

    /// <summary>The environment of a run's processes.</summary>
    public static IEnumerable<string> AddTo(IEnumerable<KeyValuePair<string, string>> environment, string marker)
    {
        string? lineage = LineageWithin(OfThisHost, Environment.GetEnvironmentVariable(LineageVariable));
        return environment
            .Where(variable => variable.Key is not (Variable or LineageVariable))
            .Select(variable => $"{variable.Key}={variable.Value}")
            .Append($"{Variable}={marker}")
            .Concat(lineage is null ? [] : [$"{LineageVariable}={lineage}"]);
    }

    /// <summary>Whether an assignment in a process's environment makes it one of the run, or of a run within it.</summary>
    public static bool IsOf(string assignment, string marker) =>
        assignment == $"{Variable}={marker}"
        || (assignment.StartsWith($"{LineageVariable}=", StringComparison.Ordinal) && assignment.Contains($":{marker}:", StringComparison.Ordinal));
}
