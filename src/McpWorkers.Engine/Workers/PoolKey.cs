using System.Security.Cryptography;
using System.Text;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers;

/// <summary>
/// Names what shares one account's limits: the worker type, and the credential and address with which its agent goes to its service. No value can be
/// read out of it.
/// </summary>
internal static class PoolKey
{
    private const string AddressEnding = "BASE_URL";
    private const int HashBytes = 4;

    /// <param name="environment">What the worker was spawned with.</param>
    /// <param name="deny">Names that no agent gets; a trailing '*' stands for any ending.</param>
    /// <returns>The type's name alone where its agent has no credential of its own in the environment: then it is its login's.</returns>
    public static string Of(WorkerType type, AgentProbe probe, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> deny)
    {
        var text = new StringBuilder();
        foreach (string name in Names(type, probe, environment).Distinct().Order(StringComparer.Ordinal))
        {
            if (ValueOf(name) is { Length: > 0 } value)
            {
                text.Append(name).Append('=').Append(value).Append('\0');
            }
        }

        return text.Length == 0
            ? type.Name
            : $"{type.Name}#{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, HashBytes))}";

        string? ValueOf(string name) => type.Environment.TryGetValue(name, out string? set) ? set
            : AgentEnvironment.IsDenied(name, deny) ? null
            : environment.GetValueOrDefault(name);
    }

    /// <summary>Addresses belong to an agent by the first word of their names: those of other services must not tell its workers apart.</summary>
    private static IEnumerable<string> Names(WorkerType type, AgentProbe probe, IReadOnlyDictionary<string, string> environment)
    {
        string[] families = [.. probe.CredentialVariables.Select(name => name[..(name.IndexOf('_', StringComparison.Ordinal) + 1)]).Distinct()];
        return probe.CredentialVariables.Concat(environment.Keys.Concat(type.Environment.Keys).Where(
            name => name.EndsWith(AddressEnding, StringComparison.Ordinal) && families.Any(family => name.StartsWith(family, StringComparison.Ordinal))));
    }
}
