using System.Globalization;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>How a run's own MCP server is started by its agent, and how it finds the daemon.</summary>
/// <param name="Command">The program's words, its subcommand last.</param>
/// <param name="DataDirectory">Absolute: the daemon that owns it says there where it listens.</param>
internal sealed record RunServer(IReadOnlyList<string> Command, string DataDirectory)
{
    /// <summary>The name under which agents know its tools.</summary>
    public const string Name = McpServerSpec.OfRun;

    public const string TokenVariable = "MCPWORKERS_RUN_TOKEN";

    /// <summary>Holds the data directory: the socket of the next daemon may be another one.</summary>
    public const string HostVariable = "MCPWORKERS_RUN_HOST";

    /// <summary>Holds the run's directory, where it notes which answers its agent has got.</summary>
    public const string DirectoryVariable = "MCPWORKERS_RUN_DIRECTORY";

    /// <summary>Holds how long a tool call is held for an answer, in seconds.</summary>
    public const string HoldVariable = "MCPWORKERS_RUN_HOLD";

    /// <summary>Names the tools that it has: <see cref="Questions"/>, <see cref="Permissions"/>, both with a comma.</summary>
    public const string ToolsVariable = "MCPWORKERS_RUN_TOOLS";

    public const string Questions = "questions";
    public const string Permissions = "permissions";

    /// <summary>The tool that an agent calls by itself before it uses another one.</summary>
    public const string PermissionTool = "permission_prompt";

    /// <summary>The variables stand in the server's own entry, never in the agent's environment.</summary>
    /// <param name="hold">How long the agent waits for a tool, less what it takes to answer.</param>
    /// <param name="questions">Whether it may ask, report and share.</param>
    /// <param name="permissions">Whether its permission prompts come here too.</param>
    public McpServerSpec For(string token, string runDirectory, TimeSpan hold, bool questions, bool permissions) => new(
        Name,
        Command[0],
        [.. Command.Skip(1)],
        new Dictionary<string, string>
        {
            [TokenVariable] = token,
            [HostVariable] = DataDirectory,
            [DirectoryVariable] = runDirectory,
            [ToolsVariable] = string.Join(',', new[] { questions ? Questions : null, permissions ? Permissions : null }.OfType<string>()),
            [HoldVariable] = ((long)hold.TotalSeconds).ToString(CultureInfo.InvariantCulture),

            // It waits most of its life: one thread less, and a small heap.
            ["DOTNET_gcConcurrent"] = "0",
            ["DOTNET_GCgen0size"] = "0x400000",
            ["DOTNET_TieredPGO"] = "0",
        });
}
