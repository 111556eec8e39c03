namespace McpWorkers.Engine.Model;

/// <summary>Finds the value of an enumeration by its name on the wire.</summary>
internal static class WireName
{
    public static bool TryFind<T>(string? name, Func<T, string> wire, out T found)
        where T : struct, Enum
    {
        foreach (var candidate in Enum.GetValues<T>())
        {
            if (wire(candidate) == name)
            {
                found = candidate;
                return true;
            }
        }

        found = default;
        return false;
    }
}
