using System.CommandLine;
using System.CommandLine.Parsing;
using McpWorkers.Engine.Model;

namespace McpWorkers.Cli.Verbs;

/// <summary>The options that say in what place a worker works, and what must hold after its runs.</summary>
/// <param name="isForTask">A role decides what is not said.</param>
internal sealed class WorkspaceOptions(CliEnvironment environment, bool isForTask = false)
{
    private readonly Option<WorkspaceKind?> _kind = new("--workspace")
    {
        Description = "Where each works: directory (in place), worktree (a git worktree and branch of its own), clone (of --repo). "
            + $"[default: the {(isForTask ? "role's, else the type's" : "type's")}]",
        HelpName = string.Join('|', WorkspaceKindNames.All),
        CustomParser = ParseKind,
    };

    private readonly Option<string?> _repository = new("--repo") { Description = "With --workspace clone: what is cloned, a URL or a path.", HelpName = "URL" };

    private readonly Option<string?> _branch = new("--branch") { Description = "With --workspace clone: the branch. [default: the repository's own]", HelpName = "B" };

    private readonly Option<string?> _from = new("--from")
    {
        Description = "With --workspace worktree: the commit, branch or tag to start from. [default: HEAD]",
        HelpName = "REF",
    };

    private readonly Option<bool> _bring = new("--bring-changes") { Description = "With --workspace worktree: start with what is not committed here." };

    private readonly Option<string[]> _verify = Verify("A command for the shell that must succeed after each run; may be repeated.");

    public IEnumerable<Option> All => [_kind, _repository, _branch, _from, _bring, _verify];

    public static Option<string[]> Verify(string description)
    {
        var option = new Option<string[]>("--verify") { Description = description, HelpName = "CMD", Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };
        option.Validators.Add(static result =>
        {
            if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
            {
                result.AddError("--verify: the command is empty.");
            }
        });
        return option;
    }

    public IReadOnlyList<string> ChecksOf(ParseResult parsed) => parsed.GetValue(_verify) ?? [];

    /// <summary>Null where nothing is said of it.</summary>
    /// <exception cref="RefusedException">An option belongs to another kind.</exception>
    public WorkspaceSpec? SpecOf(ParseResult parsed)
    {
        var kind = parsed.GetValue(_kind);
        Only(parsed, WorkspaceKind.Clone, kind, _repository, _branch);
        Only(parsed, WorkspaceKind.Worktree, kind, _from, _bring);
        string? repository = parsed.GetValue(_repository);
        if (kind == WorkspaceKind.Clone && string.IsNullOrWhiteSpace(repository))
        {
            throw Invalid("--workspace clone needs --repo: a URL, or the path of a repository.");
        }

        return kind is null ? null : new()
        {
            Kind = kind.Value,
            Repository = repository is null ? null : Placed(repository),
            Branch = parsed.GetValue(_branch),
            From = parsed.GetValue(_from),
            BringChanges = parsed.GetValue(_bring),
        };
    }

    private static void Only(ParseResult parsed, WorkspaceKind owner, WorkspaceKind? kind, params ReadOnlySpan<Option> options)
    {
        foreach (var option in options)
        {
            if (kind != owner && parsed.GetResult(option) is { Implicit: false })
            {
                throw Invalid($"{option.Name} is for --workspace {owner.ToWire()} only. Give that, or leave {option.Name} out.");
            }
        }
    }

    /// <summary>A path is one from here; the daemon is elsewhere.</summary>
    private string Placed(string repository)
    {
        string path = Path.GetFullPath(repository, environment.WorkingDirectory);
        return !repository.Contains("://", StringComparison.Ordinal) && Directory.Exists(path) ? path : repository;
    }

    private static WorkspaceKind? ParseKind(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (WorkspaceKindNames.TryParse(text, out var kind))
        {
            return kind;
        }

        result.AddError($"--workspace {text}: allowed are {string.Join(", ", WorkspaceKindNames.All)}.");
        return null;
    }

    private static RefusedException Invalid(string message) => new(RefusalCode.InvalidArgument, message);
}
