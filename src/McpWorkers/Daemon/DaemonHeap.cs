namespace McpWorkers.Daemon;

/// <summary>
/// A smaller nursery for the daemon's memory than the runtime would choose by the processor's cache: a hundred busy workers are watched in
/// two thirds of the memory, for a little more collecting. The runtime reads it from a variable only, before any code of ours runs.
/// </summary>
internal static class DaemonHeap
{
    private const string Variable = "DOTNET_GCgen0size";
    private const string EightMebibytes = "0x800000";

    /// <summary>For whoever starts a daemon. What the user has set stands.</summary>
    public static IReadOnlyDictionary<string, string> AddTo(IReadOnlyDictionary<string, string> environment) =>
        new Dictionary<string, string>(environment) { [Variable] = environment.TryGetValue(Variable, out string? set) ? set : EightMebibytes };

    /// <summary>For the daemon itself, once it runs: it is not for its workers.</summary>
    public static void Forget()
    {
        if (Environment.GetEnvironmentVariable(Variable) == EightMebibytes)
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }
}
