namespace McpWorkers.Tests.Architecture;

/// <summary>
/// Who may use whom. A folder is a namespace: <c>Engine.Model</c> is McpWorkers.Engine.Model with all below it, <c>Cli</c> is
/// McpWorkers.Cli, <c>Program</c> the executable's entry. A new folder fails until it is entered here.
/// </summary>
internal static class DirectionOfUse
{
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Engine.Model"] = [],
        ["Engine.Events"] = ["Engine.Model"],
        ["Engine.Storage"] = ["Engine.Model", "Engine.Events"],
        ["Engine.Settings"] = ["Engine.Model"],
        ["Engine.Execution"] = ["Engine.Model"],
        ["Engine.Agents"] = ["Engine.Model"],
        ["Engine.Workspaces"] = ["Engine.Model", "Engine.Execution"],
        ["Engine.Workers"] = ["Engine.Model", "Engine.Events", "Engine.Storage", "Engine.Settings", "Engine.Execution", "Engine.Agents", "Engine.Workspaces", "Engine.Requests", "Engine.Budgets", "Engine.Quota"],
        ["Engine.Tasks"] = ["Engine.Model", "Engine.Events", "Engine.Storage", "Engine.Settings", "Engine.Workers", "Engine.Requests", "Engine.Budgets", "Engine.Quota"],
        ["Engine.Requests"] = ["Engine.Model", "Engine.Events", "Engine.Storage"],
        ["Engine.Budgets"] = ["Engine.Model", "Engine.Events", "Engine.Storage", "Engine.Requests", "Engine.Agents"],
        ["Engine.Quota"] = ["Engine.Model", "Engine.Events", "Engine.Storage"],
        // Views that more than one door shows.
        ["Rendering"] = ["Engine.Model"],
        ["Mcp"] = ["Engine.Model", "Engine.Events", "Engine.Storage", "Engine.Workspaces", "Engine.Requests", "Engine.Budgets", "Engine.Quota", "Engine.Workers", "Engine.Tasks", "Rendering"],
        ["Http"] = ["Engine.Model", "Engine.Events", "Engine.Storage", "Engine.Workspaces", "Engine.Requests", "Engine.Budgets", "Engine.Quota", "Engine.Workers", "Engine.Tasks", "Rendering", "Mcp"],
        // Owns the doors: the socket, HTTP, and the clients' way to them.
        ["Daemon"] = ["Engine.Model", "Engine.Events", "Engine.Storage", "Engine.Settings", "Engine.Execution", "Engine.Requests", "Engine.Budgets", "Engine.Quota", "Engine.Workers", "Engine.Tasks", "Rendering", "Mcp", "Http"],
        ["Cli"] = ["Engine.Model", "Engine.Events", "Engine.Storage", "Engine.Settings", "Engine.Requests", "Engine.Budgets", "Engine.Quota", "Engine.Workers", "Engine.Tasks", "Rendering", "Mcp", "Daemon", "Simulation"],
        ["Simulation"] = ["Engine.Model"],
        // The MCP server of a run: a client of the daemon's socket.
        ["Voice"] = ["Engine.Model", "Engine.Requests", "Engine.Workers", "Mcp", "Daemon"],
        ["Program"] = ["Engine.Model", "Engine.Storage", "Engine.Settings", "Engine.Requests", "Engine.Budgets", "Engine.Quota", "Engine.Workers", "Engine.Tasks", "Mcp", "Http", "Daemon", "Cli", "Simulation", "Voice"],
    };

    /// <summary>Single types that may be used beyond the table.</summary>
    private static readonly (string From, string To, string Reason)[] Exceptions =
    [
        ("Mcp", "McpWorkers.Engine.Agents.AgentCapabilities", "part of a worker type's public view"),
        ("Cli", "McpWorkers.Engine.Agents.AgentCapabilities", "part of a worker type's public view"),
        ("Cli", "McpWorkers.Engine.Agents.UsageReporting", "part of AgentCapabilities"),
        ("Cli", "McpWorkers.Engine.Agents.AskBy", "part of AgentCapabilities"),
        ("Cli", "McpWorkers.Engine.Execution.Processes.TerminalCommand", "a shell or editor belongs to the person at the terminal, not to a worker"),
        ("Cli", "McpWorkers.Engine.Execution.Processes.CommandRunner", "'verify modes' makes a repository to try things on, as a person would"),
        ("Cli", "McpWorkers.Engine.Execution.Processes.CommandOutput", "what CommandRunner gives"),
        ("Engine.Tasks", "McpWorkers.Engine.Execution.Processes.CommandRunner", "a notice runs a command of the user's, which is no run of a worker"),
        ("Engine.Tasks", "McpWorkers.Engine.Execution.Processes.CommandSpec", "what CommandRunner takes"),
        ("Engine.Tasks", "McpWorkers.Engine.Execution.Processes.CommandBytes", "what CommandRunner gives"),
    ];

    /// <summary>What is not ours: a type, or a namespace with all below it, and the namespaces that alone may use it.</summary>
    private static readonly (string To, string[] OnlyFrom, string Reason)[] Fences =
    [
        ("System.Console", ["McpWorkers.Mcp", "McpWorkers.Daemon", "McpWorkers.Cli", "McpWorkers.Simulation", "McpWorkers.Voice", "Program"], "the engine is silent: standard output belongs to a transport"),
        ("Spectre.Console", ["McpWorkers.Cli"], "what a person sees is the CLI's"),
        ("System.CommandLine", ["McpWorkers.Cli", "Program"], "command lines are the CLI's"),
        ("ModelContextProtocol", ["McpWorkers.Mcp", "McpWorkers.Http", "McpWorkers.Voice"], "the protocol stays at its edge"),
        ("Microsoft.AspNetCore", ["McpWorkers.Http"], "HTTP is one door among others"),
        ("OpenTelemetry", ["McpWorkers.Daemon.Telemetry"], "nothing of it is loaded where nothing is exported"),
        ("Microsoft.Data.Sqlite", ["McpWorkers.Engine.Storage.Sqlite"], "one folder holds SQL"),
        ("SQLitePCL", ["McpWorkers.Engine.Storage.Sqlite"], "one folder holds SQL"),
        ("YamlDotNet", ["McpWorkers.Engine.Settings"], "YAML is read in one place"),
        ("Quartz", ["McpWorkers.Engine.Tasks.Schedules"], "it says when a schedule is due, and nothing else"),
        ("System.Diagnostics.Process", ["McpWorkers.Engine.Execution.Processes", "McpWorkers.Simulation"], "one place starts and ends processes; the simulated agent stands for a foreign program"),
        ("System.Diagnostics.ProcessStartInfo", ["McpWorkers.Engine.Execution.Processes", "McpWorkers.Simulation"], "one place starts and ends processes"),
        (TypeUse.NativeCode, ["McpWorkers.Engine.Execution.Processes", "McpWorkers.Engine.Workspaces.Files", "McpWorkers.Simulation"], "one place knows the platform, and one its file names"),
    ];

    /// <summary>Each use that is not allowed, in a sentence.</summary>
    public static IReadOnlyList<string> Violations(IEnumerable<TypeUse> uses) =>
        [.. uses.Where(u => FolderOf(u.From) is not null).SelectMany(Judge).Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Judge(TypeUse use)
    {
        string from = FolderOf(use.From)!;
        if (!MayUse.TryGetValue(from, out var allowed))
        {
            yield return $"{from} is a new folder: enter it into the table.";
            yield break;
        }

        if (FolderOf(use.To) is { } to && to != from && !allowed.Contains(to)
            && !Exceptions.Any(e => e.From == from && e.To == use.To))
        {
            yield return $"{use.From} uses {use.To}, but {from} may not use {to}.";
        }

        foreach (var fence in Fences.Where(f => IsWithin(use.To, f.To) && !f.OnlyFrom.Any(n => IsWithin(use.From, n))))
        {
            yield return $"{use.From} uses {use.To}: {fence.Reason}.";
        }
    }

    /// <summary>Null for what is not ours, and for types that compiler and generators add outside our namespaces.</summary>
    private static string? FolderOf(string type)
    {
        string[] words = type.Split('.');
        return words switch
        {
            ["Program"] => "Program",
            ["McpWorkers", "Engine", var folder, _, ..] => $"Engine.{folder}",
            ["McpWorkers", "Engine", _] => "Engine",
            ["McpWorkers", "Tests" or "Benchmarks", ..] => null,
            ["McpWorkers", var folder, _, ..] => folder,
            ["McpWorkers", _] => "Program",
            _ => null,
        };
    }

    private static bool IsWithin(string type, string place) =>
        type == place || type.StartsWith(place + ".", StringComparison.Ordinal);
}
