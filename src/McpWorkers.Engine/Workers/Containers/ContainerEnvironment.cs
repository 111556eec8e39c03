using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Containers;

/// <summary>
/// What a command sees of the environment in a container: nothing of the host's but what its type names. Keys are among that, or are not to
/// be had inside. PATH and the like are the image's own.
/// </summary>
internal static class ContainerEnvironment
{
    /// <param name="inherited">The worker's own environment, of which the type may name variables.</param>
    /// <param name="own">Variables of the worker's place.</param>
    /// <param name="added">What the adapter sets.</param>
    public static IReadOnlyDictionary<string, string> For(
        WorkerType type,
        string home,
        IReadOnlyDictionary<string, string> inherited,
        IEnumerable<string> own,
        IReadOnlyDictionary<string, string> added)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = home };
        foreach (string name in type.PassEnvironment.Concat(own))
        {
            if (inherited.TryGetValue(name, out string? value))
            {
                result[name] = value;
            }
        }

        foreach (var (name, value) in added.Concat(type.Environment))
        {
            result[name] = value;
        }

        return result;
    }
}
