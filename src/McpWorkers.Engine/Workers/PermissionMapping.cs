using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers;

/// <summary>
/// Shows how an adapter maps a permission to its CLI's own words. Asks the adapter for its plans and takes what differs between them,
/// so that it can never say anything else than what a run gets.
/// </summary>
internal static class PermissionMapping
{
    /// <summary>Arguments, variables and files in one line; empty where the agent knows no permissions.</summary>
    public static string Of(IAgentAdapter adapter, WorkerType type, Permission permission)
    {
        var plans = Enum.GetValues<Permission>().ToDictionary(each => each, each => adapter.Plan(Request(type, each)));
        var plan = plans[permission];
        var others = plans.Where(other => other.Key != permission).Select(other => other.Value).ToArray();
        return string.Join(' ',
        [
            .. Variables(plan).Where(variable => !others.All(other => Variables(other).Contains(variable))),
            .. Flags(plan.Arguments, [.. others.Select(other => other.Arguments)]),
            .. plan.Files.Where(file => !others.All(other => other.Files.Any(same => IsSame(same, file)))).Select(file => $"(file {file.Name})"),
        ]);
    }

    /// <summary>Arguments that not all plans have; a value brings its flag along.</summary>
    private static IEnumerable<string> Flags(IReadOnlyList<string> arguments, IReadOnlyList<string>[] others)
    {
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            if (others.All(other => other.Contains(argument)))
            {
                continue;
            }

            if (i > 0 && !argument.StartsWith('-') && arguments[i - 1].StartsWith('-') && others.All(other => other.Contains(arguments[i - 1])))
            {
                yield return arguments[i - 1];
            }

            yield return argument;
        }
    }

    private static IEnumerable<string> Variables(AgentLaunch plan) => plan.Environment.Select(variable => $"{variable.Key}={variable.Value}");

    private static bool IsSame(RunFile a, RunFile b) => a.Name == b.Name && a.Content.Span.SequenceEqual(b.Content.Span);

    // The fixed session and paths make all plans alike but for the permission.
    private static AgentRequest Request(WorkerType type, Permission permission) => new()
    {
        Type = type,
        Prompt = "prompt",
        NewSession = Guid.Empty,
        Model = type.Model,
        Permission = permission,
        McpServers = type.McpServers,
        Executable = "/bin/" + type.Agent,
        RunDirectory = "/run",
        WorkingDirectory = "/work",
        Timeout = TimeSpan.FromMinutes(5),
        IsRoot = Environment.IsPrivilegedProcess,
    };
}
