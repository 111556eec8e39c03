using System.CommandLine;
using System.CommandLine.Help;
using McpWorkers.Cli.Daemon;
using McpWorkers.Cli.Execute;
using McpWorkers.Cli.History;
using McpWorkers.Cli.Requests;
using McpWorkers.Cli.Schedules;
using McpWorkers.Cli.Tasks;
using McpWorkers.Cli.Verbs;
using McpWorkers.Cli.Verify;
using McpWorkers.Cli.Workspaces;

namespace McpWorkers.Cli;

/// <summary>All commands, each with its help and examples.</summary>
internal static class CommandTree
{
    public static RootCommand Build(CliEnvironment environment, CommonOptions common)
    {
        var root = new RootCommand("Runs headless AI coding CLIs as workers, from a terminal or as an MCP server.")
        {
            WorkersCommand(environment, common),
            TasksCommand.Build(environment, common),
            QueueCommand.Build(environment, common),
            QueueCommand.StopAll(environment, common),
            SchedulesCommand.Build(environment, common),
            RequestsCommand.Build(environment, common),
            EventsCommand.Build(environment, common),
            RunsCommand.Build(environment, common),
            BudgetsCommand.Build(environment, common),
            McpCommand.Build(environment, common),
            ServeCommand.Build(environment, common),
            DaemonCommand.Build(environment, common),
            DashboardCommand.Build(environment, common),
            TokenCommand.Build(environment, common),
            WorktreesCommand.Build(environment, common),
            TrustCommand.Build(environment, common),
            VerifyCommand.Build(environment, common),
            DoctorCommand.Build(environment, common),
            ConfigCommand.Build(environment, common),
        };
        root.Add(common.Config);
        root.Add(common.DataDirectory);
        root.Add(common.Verbose);
        root.Add(common.Debug);
        foreach (var help in root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpWithExamples((HelpAction)help.Action!);
        }

        return root;
    }

    /// <summary>The words that lead to a command, the executable's name first.</summary>
    public static IEnumerable<string> PathTo(Command command)
    {
        List<string> words = [];
        for (Symbol? symbol = command; symbol is Command; symbol = symbol.Parents.FirstOrDefault())
        {
            words.Insert(0, symbol is RootCommand ? "mcpworkers" : symbol.Name);
        }

        return words;
    }

    private static Command WorkersCommand(CliEnvironment environment, CommonOptions common) =>
        new Command("workers", "Spawn workers, run prompts on them, watch them and collect what they made.")
        {
            SpawnCommand.Build(environment, common),
            ExecuteCommand.Build(environment, common),
            BatchCommand.Build(environment, common),
            ListCommand.Build(environment, common),
            MonitorCommand.Build(environment, common),
            LogsCommand.Build(environment, common),
            CollectCommand.Build(environment, common),
            DiffCommand.Build(environment, common),
            MergeCommand.Build(environment, common),
            DiscardCommand.Build(environment, common),
            OpenCommand.Build(environment, common),
            TrashCommand.Build(environment, common),
            CloseCommands.Cancel(environment, common),
            CloseCommands.Close(environment, common),
            CloseCommands.CloseAll(environment, common),
            HealthCommand.Build(environment, common),
            TypesCommand.Build(environment, common),
        };
}
