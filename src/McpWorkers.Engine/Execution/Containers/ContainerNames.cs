using System.Security.Cryptography;
using System.Text;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>By what our containers are known: to us, and to a person who lists them.</summary>
internal static class ContainerNames
{
    public const string OwnerLabel = "io.mcpworkers.owner";
    public const string WorkerLabel = "io.mcpworkers.worker";
    public const string RunLabel = "io.mcpworkers.run";

    /// <summary>Of a kept container: what it was made like, to tell when it does not fit any more.</summary>
    public const string ShapeLabel = "io.mcpworkers.shape";

    private const string Prefix = "mcpworkers-";
    private const int HashLength = 12;

    public static string OfRun(string ownerMark, string runId) => $"{Of(ownerMark)}{runId}";

    public static string OfWorker(string ownerMark, string workerId) => $"{Of(ownerMark)}{workerId}";

    /// <summary>Whose kept container it is; null for one of another owner.</summary>
    public static string? WorkerOf(string name, string ownerMark) =>
        name.StartsWith(Of(ownerMark), StringComparison.Ordinal) ? name[Of(ownerMark).Length..] : null;

    public static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HashLength];

    // An owner's mark may hold what a container's name may not, and names are one space for all users of an engine.
    private static string Of(string ownerMark) => $"{Prefix}{Digest(ownerMark)}-";
}
