namespace McpWorkers.Engine.Execution.Processes;

/// <summary>The variable by which every process of a run is known: owner mark, a slash, the run's id.</summary>
internal static class RunMarker
{
    public const string Variable = "MCPWORKERS_RUN";

    public static string Of(string ownerMark, string runId) => $"{ownerMark}/{runId}";

    /// <summary>The run within which this host itself runs, if any.</summary>
    public static string? OfThisHost => Environment.GetEnvironmentVariable(Variable);
}
