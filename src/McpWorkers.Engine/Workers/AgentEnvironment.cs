using System.Collections;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers;

/// <summary>
/// What an agent sees of the environment: what its worker was spawned with, minus a deny list (variables by which the CLIs notice that
/// they are nested, our own, the keys of other agents), plus what the adapter and the type set.
/// </summary>
internal static class AgentEnvironment
{
    private const string Ours = "MCPWORKERS_";

    public static IReadOnlyDictionary<string, string> OfThisProcess()
    {
        var variables = new Dictionary<string, string>(Comparer);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        return variables;
    }

    /// <param name="inherited">The worker's own environment.</param>
    /// <param name="deny">Names; a trailing '*' stands for any ending.</param>
    /// <param name="allKeys">Credential variables of all agents.</param>
    /// <param name="ownKeys">Those of this agent.</param>
    /// <param name="added">What the adapter sets.</param>
    public static IReadOnlyDictionary<string, string> For(
        WorkerType type,
        IReadOnlyDictionary<string, string> inherited,
        IReadOnlyList<string> deny,
        IEnumerable<string> allKeys,
        IEnumerable<string> ownKeys,
        IReadOnlyDictionary<string, string> added)
    {
        var withheld = allKeys.Except(ownKeys, Comparer).Except(type.PassEnvironment, Comparer).ToHashSet(Comparer);
        var result = new Dictionary<string, string>(Comparer);
        foreach (var (name, value) in inherited)
        {
            if (!name.StartsWith(Ours, StringComparison.OrdinalIgnoreCase) && !withheld.Contains(name) && !IsDenied(name, deny))
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

    /// <param name="deny">Names; a trailing '*' stands for any ending.</param>
    public static bool IsDenied(string name, IReadOnlyList<string> deny) => deny.Any(entry => Matches(entry, name));

    private static StringComparer Comparer =>
        OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    private static bool Matches(string entry, string name) =>
        entry.EndsWith('*') ? name.StartsWith(entry[..^1], StringComparison.Ordinal) : name == entry;
}
