using System.CommandLine;
using System.CommandLine.Parsing;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Cli.Verbs;

/// <summary>The options that say what to spawn, for the commands that do.</summary>
/// <param name="isForTask">For the one worker of an attempt at a task, whose role decides what is not said.</param>
internal sealed class SpawnOptions(CliEnvironment environment, CommonOptions common, bool isForTask = false)
{
    private readonly Option<int> _count = new("--count", "-n")
    {
        Description = "How many workers, 1–50.",
        HelpName = "N",
        DefaultValueFactory = static _ => 1,
        CustomParser = static result => WholeNumber.Parse(result, "-n", "1 to 50", n => n is >= 1 and <= 50),
    };

    private readonly Option<string?> _type = new("--type", "-t")
    {
        Description = $"Worker type; see 'mcpworkers workers types'. [default: the {(isForTask ? "role's" : "settings' own")}]",
        HelpName = "TYPE",
    };

    private readonly Option<string?> _model = new("--model") { Description = "Model, in the agent's own words.", HelpName = "MODEL" };

    private readonly Option<Permission?> _permission = new("--permission")
    {
        Description = $"What the agent's tools may do: {string.Join(", ", PermissionNames.All)}. [default: the {(isForTask ? "role's, else the type's" : "type's")}]",
        HelpName = "P",
        CustomParser = ParsePermission,
    };

    private readonly Option<string?> _directory = new("--cwd")
    {
        Description = "Where the agents work. [default: the current directory]",
        HelpName = "DIR",
    };

    private readonly Option<LauncherKind?> _launcher = new("--launcher")
    {
        Description = "How the agents are started: process (of this machine) or container (of Docker or Podman). [default: the type's]",
        HelpName = string.Join('|', LauncherKindNames.All),
        CustomParser = ParseLauncher,
    };

    private readonly Option<string?> _image = new("--image")
    {
        Description = "The image of the containers, such as node:22; means --launcher container. [default: the type's]",
        HelpName = "IMAGE",
    };

    private readonly BudgetOptions _budget = new(isForTask ? "the task, with all its attempts," : "each run");

    private readonly WorkspaceOptions _workspace = new(environment, isForTask);

    public void AddTo(Command command)
    {
        foreach (var option in All.Concat(_budget.All))
        {
            command.Add(option);
        }
    }

    /// <summary>Of the workers' runs, or of the one run that is given to a worker that exists: the one option that is not only for spawning.</summary>
    public Budget BudgetOf(ParseResult parsed) => _budget.Of(parsed);

    /// <summary>The names of those that were given, such as <c>--count</c>.</summary>
    public IEnumerable<string> Given(ParseResult parsed) =>
        All.Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name);

    public SpawnRequest RequestOf(ParseResult parsed) => new()
    {
        Count = parsed.GetValue(_count),
        WorkerType = parsed.GetValue(_type),
        Model = parsed.GetValue(_model),
        Permission = parsed.GetValue(_permission),
        WorkingDirectory = common.Absolute(parsed.GetValue(_directory)) ?? environment.WorkingDirectory,
        Workspace = _workspace.SpecOf(parsed),
        Verify = _workspace.ChecksOf(parsed),
        Launcher = parsed.GetValue(_launcher),
        Image = parsed.GetValue(_image),
        Budget = _budget.Of(parsed),
    };

    private IEnumerable<Option> All => [.. isForTask ? Array.Empty<Option>() : [_count], _type, _model, _permission, _directory, .. _workspace.All, _launcher, _image];

    private static LauncherKind? ParseLauncher(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (LauncherKindNames.TryParse(text, out var launcher))
        {
            return launcher;
        }

        result.AddError($"--launcher {text}: allowed are {string.Join(", ", LauncherKindNames.All)}.");
        return null;
    }

    private static Permission? ParsePermission(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (PermissionNames.TryParse(text, out var permission))
        {
            return permission;
        }

        result.AddError($"--permission {text}: allowed are {string.Join(", ", PermissionNames.All)}.");
        return null;
    }
}
