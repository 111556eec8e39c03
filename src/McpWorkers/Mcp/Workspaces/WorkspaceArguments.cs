using McpWorkers.Engine.Model;

namespace McpWorkers.Mcp.Workspaces;

/// <summary>Reads the arguments that say in what place a worker is to work.</summary>
internal static class WorkspaceArguments
{
    /// <summary>Null where nothing is said of it: then the worker's type decides.</summary>
    /// <exception cref="RefusedException">The kind is unknown, or an argument belongs to another kind.</exception>
    public static WorkspaceSpec? Workspace(this ToolArguments arguments)
    {
        var kind = arguments.OptionalChoice("workspace", WorkspaceKindNames.All) is { } name && WorkspaceKindNames.TryParse(name, out var known) ? known : (WorkspaceKind?)null;
        string? repository = arguments.OptionalText("repo");
        string? branch = arguments.OptionalText("branch");
        string? from = arguments.OptionalText("from");
        bool bring = arguments.Boolean("bring_changes", false);
        Only(arguments, WorkspaceKind.Clone, kind, ("repo", repository is not null), ("branch", branch is not null));
        Only(arguments, WorkspaceKind.Worktree, kind, ("from", from is not null), ("bring_changes", bring));
        if (kind == WorkspaceKind.Clone && string.IsNullOrWhiteSpace(repository))
        {
            throw arguments.Refuse("workspace \"clone\" needs 'repo': a URL, or the path of a repository");
        }

        return kind is { } chosen ? new() { Kind = chosen, Repository = repository, Branch = branch, From = from, BringChanges = bring } : null;
    }

    /// <summary>Commands for the shell; none is empty.</summary>
    public static IReadOnlyList<string> Commands(this ToolArguments arguments, string name)
    {
        var commands = arguments.OptionalTexts(name) ?? [];
        for (int i = 0; i < commands.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(commands[i]))
            {
                throw arguments.Refuse($"'{name}[{i}]' is empty; it must be a command for the shell");
            }
        }

        return commands;
    }

    /// <summary>The ids under <paramref name="name"/>, each once; null where <c>all</c> is true instead.</summary>
    /// <exception cref="RefusedException">Neither is given, or both are.</exception>
    public static IReadOnlyList<string>? Chosen(this ToolArguments arguments, string name)
    {
        var ids = arguments.OptionalTexts(name);
        bool all = arguments.Boolean("all", false);
        return (ids, all) switch
        {
            (null or { Count: 0 }, false) => throw arguments.Refuse($"'{name}' is {(ids is null ? "missing" : "empty")}; name some, or give all: true"),
            ({ Count: > 0 }, true) => throw arguments.Refuse($"'{name}' and all: true are both given; give one of them"),
            (_, true) => null,
            _ => [.. ids!.Distinct()],
        };
    }

    private static void Only(ToolArguments arguments, WorkspaceKind owner, WorkspaceKind? kind, params ReadOnlySpan<(string Name, bool Given)> given)
    {
        foreach (var (name, isGiven) in given)
        {
            if (isGiven && kind != owner)
            {
                throw arguments.Refuse($"'{name}' is for workspace \"{owner.ToWire()}\" only, and {(kind is { } other ? $"workspace is \"{other.ToWire()}\"" : "no workspace is given")}");
            }
        }
    }
}
