using System.Text.Json;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests.Policy;

namespace McpWorkers.Tests.Requests.Policy;

/// <summary>
/// Decides a call on a machine of paper: home is <c>/home/me</c>, work is done in <c>/work/repo</c>; <c>out</c> there is a link to <c>/etc</c>,
/// <c>notes</c> one to <c>docs</c> beside it, <c>secret</c> one to <c>/home/me/.ssh</c>, and <c>loop</c> leads nowhere.
/// </summary>
internal static class PolicyCase
{
    public const string Directory = "/work/repo";

    private static readonly (string Link, string Target)[] Links =
    [
        ("/work/repo/out", "/etc"), ("/work/repo/notes", "/work/repo/docs"), ("/work/repo/secret", "/home/me/.ssh"), ("/work/link", "/work/repo"),
    ];

    public static PathFacts Facts { get; } = new("/home/me", Resolve);

    /// <summary>One rule: <c>allow git status</c>, <c>deny rm *</c>, <c>allow edit: src/**</c>, <c>deny : ~/.ssh/**</c>, <c>allow shell</c>, <c>deny mcp__x__*</c>.</summary>
    public static PolicyRule Rule(string text)
    {
        bool allows = text.StartsWith("allow ", StringComparison.Ordinal);
        string about = text[(text.IndexOf(' ', StringComparison.Ordinal) + 1)..];
        int colon = about.IndexOf(':', StringComparison.Ordinal);
        string named = colon < 0 ? about : about[..colon].Trim();
        bool tool = named is "shell" or "edit" or "read" or "web" or "mcp" or "other" || named.StartsWith("mcp__", StringComparison.Ordinal) || named is "Bash" or "bash" or "anything";
        return new()
        {
            Name = about,
            Allows = allows,
            Tools = tool && named != "anything" ? [named] : [],
            Commands = tool || named.Length == 0 ? [] : [named],
            Paths = colon < 0 ? [] : [about[(colon + 1)..].Trim()],
        };
    }

    /// <param name="rules">Each as above, with '|' between them.</param>
    public static PolicyDecision Decide(string rules, AutonomyLevel level, string tool, string input, string directory = Directory) => PermissionPolicy.Decide(
        new() { Rules = [.. rules.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Rule)] },
        level, new(tool, input, directory), Facts);

    public static PolicyDecision Run(string rules, string command, AutonomyLevel level = AutonomyLevel.Supervised) =>
        Decide(rules, level, "Bash", JsonSerializer.Serialize(new { command, description = "d" }));

    private static string? Resolve(string path) => Resolve(path, 0);

    private static string? Resolve(string path, int followed)
    {
        string reached = "";
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < parts.Length; i++)
        {
            if (followed > 9 || (reached + "/" + parts[i]).EndsWith("/loop", StringComparison.Ordinal))
            {
                return null;
            }

            if (parts[i] == "..")
            {
                reached = reached[..Math.Max(reached.LastIndexOf('/'), 0)];
            }
            else if (parts[i] != ".")
            {
                reached += "/" + parts[i];
                if (Links.FirstOrDefault(l => l.Link == reached).Target is { } target)
                {
                    return Resolve(string.Join('/', [target, .. parts[(i + 1)..]]), followed + 1);
                }
            }
        }

        return reached.Length == 0 ? "/" : reached;
    }
}
