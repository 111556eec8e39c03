namespace McpWorkers.Engine.Model;

/// <summary>The sets into which the tools are divided: a client's model pays for each tool that it is shown.</summary>
public static class ToolSetNames
{
    public const string Workers = "workers";
    public const string Workspaces = "workspaces";
    public const string Tasks = "tasks";

    /// <summary>What workers ask, and the answers: of a client with it, the model itself may decide.</summary>
    public const string Requests = "requests";

    public static IReadOnlyList<string> All { get; } = [Workers, Workspaces, Tasks, Requests];

    /// <summary>Reads names with commas between them, such as <c>workers,workspaces</c>; a name that comes twice counts once.</summary>
    /// <param name="from">Where the text came from, such as <c>--tools</c>; for the message.</param>
    /// <exception cref="RefusedException">There is none, or one that is not known.</exception>
    public static IReadOnlyList<string> Parse(string text, string from)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Check(text.Split(',', StringSplitOptions.TrimEntries), from);
    }

    /// <inheritdoc cref="Parse"/>
    public static IReadOnlyList<string> Check(IReadOnlyList<string> names, string from)
    {
        ArgumentNullException.ThrowIfNull(names);
        string known = string.Join(", ", All);
        return names.Where(name => !All.Contains(name)).Select(name => name.Length > 80 ? name[..80] + "…" : name).FirstOrDefault() is { } unknown
            ? throw new RefusedException(
                RefusalCode.InvalidArgument,
                unknown.Length == 0 ? $"{from} has an empty name of a tool set. Known: {known}." : $"{from}: tool set '{unknown}' is not known. Known: {known}.")
            : names.Count == 0
                ? throw new RefusedException(RefusalCode.InvalidArgument, $"{from} names no tool set. Known: {known}.")
                : [.. All.Where(names.Contains)];
    }
}
