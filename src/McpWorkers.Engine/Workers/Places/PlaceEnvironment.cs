using System.Globalization;
using McpWorkers.Engine.Workspaces;

namespace McpWorkers.Engine.Workers.Places;

/// <summary>The environment of a worker's commands in its workspace: what its spawn gave, and the ports that are its own.</summary>
internal static class PlaceEnvironment
{
    public static IReadOnlyDictionary<string, string> Of(IReadOnlyDictionary<string, string> environment, Workspace? workspace)
    {
        if (workspace is not { Ports.Count: > 0 })
        {
            return environment;
        }

        var variables = new Dictionary<string, string>(environment);
        foreach (var (name, port) in workspace.Ports)
        {
            variables[name] = port.ToString(CultureInfo.InvariantCulture);
        }

        return variables;
    }
}
