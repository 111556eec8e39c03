using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Cli.Execute;
using McpWorkers.Cli.Verbs;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Mcp.Workspaces;

namespace McpWorkers.Cli.Tasks;

/// <summary>The options that say what tasks of a kind are: of <c>tasks add</c> and <c>schedules add</c>.</summary>
internal sealed class TaskOptions(CliEnvironment environment, CommonOptions common)
{
    private readonly Option<string?> _role = Role("Whose work it is: feature, bugfix, test, docs, refactor, review, code, quality, memory, …; the settings may have more. [default: the settings' own]");

    private readonly Option<string?> _priority = Priority("high, normal or low. [default: normal]");

    private readonly Option<string?> _queue = new("--queue") { Description = "high_priority, default, low_priority, or one of the settings. [default: the priority's]", HelpName = "QUEUE" };

    private readonly Option<string?> _prompt = Prompt("The prompt; '-' reads it from standard input.");

    private readonly Option<string?> _promptFile = PromptFile();

    private readonly Option<string[]> _files = new("--about")
    {
        Description = "A file that it is about, relative to its directory; named to the agent. May be repeated.",
        HelpName = "PATH",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<int> _timeout = RunOptions.Timeout("for the role's, else the type's default");

    private readonly Option<string?> _autonomy = Autonomy();

    private readonly SpawnOptions _worker = new(environment, common, isForTask: true);

    public static Option<string?> Role(string description) => new("--role", "-r") { Description = description, HelpName = "ROLE" };

    public static Option<string?> Priority(string description)
    {
        var option = new Option<string?>("--priority") { Description = description, HelpName = string.Join('|', TaskNames.Priorities) };
        option.AcceptOnlyFromAmong([.. TaskNames.Priorities]);
        return option;
    }

    public static Option<string?> Prompt(string description) => new("--prompt", "-p") { Description = description, HelpName = "TEXT" };

    public static Option<string?> PromptFile() => new("--prompt-file") { Description = "Read the prompt from a file of UTF-8 text.", HelpName = "FILE" };

    public static Option<string?> At() => new("--at")
    {
        Description = "Starts not before then: a moment (2026-03-01T03:00:00Z; UTC where no zone is said) or from now (90s, 15m, 2h, 1d).",
        HelpName = "TIME",
    };

    private static Option<string?> Autonomy()
    {
        var option = new Option<string?>("--autonomy")
        {
            Description = "How far it may go alone, not above its role: autonomous, supervised (what no rule decides is asked), human_required (it waits for leave before it begins). [default: the role's]",
            HelpName = "LEVEL",
        };
        option.AcceptOnlyFromAmong([.. AutonomyLevelNames.All]);
        return option;
    }

    public void AddTo(Command command)
    {
        foreach (var option in Own)
        {
            command.Add(option);
        }

        _worker.AddTo(command);
    }

    /// <summary>The names of those that were given, such as <c>--role</c>.</summary>
    public IEnumerable<string> Given(ParseResult parsed) =>
        Own.Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name).Concat(_worker.Given(parsed));

    /// <summary>As the tools take it.</summary>
    /// <exception cref="RefusedException">There is no prompt, or the options do not go together.</exception>
    public async Task<JsonObject> TaskOfAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var task = SpawnForm.Of(_worker.RequestOf(parsed));
        task["prompt"] = await PromptSource.ReadAsync(parsed.GetValue(_prompt), parsed.GetValue(_promptFile), environment, cancellationToken);
        SpawnForm.Add(task, "role", parsed.GetValue(_role));
        SpawnForm.Add(task, "priority", parsed.GetValue(_priority));
        SpawnForm.Add(task, "queue", parsed.GetValue(_queue));
        AddTimeout(task, parsed.GetValue(_timeout));
        SpawnForm.Add(task, "autonomy", parsed.GetValue(_autonomy));
        if (parsed.GetValue(_files) is { Length: > 0 } files)
        {
            task["files"] = WorkspaceForms.Texts(files);
        }

        return task;
    }

    /// <param name="seconds">0 for the type's default.</param>
    public static void AddTimeout(JsonObject task, int seconds)
    {
        if (seconds > 0)
        {
            task["timeout"] = seconds;
        }
    }

    private IEnumerable<Option> Own => [_role, _priority, _queue, _prompt, _promptFile, _files, _timeout, _autonomy];
}
