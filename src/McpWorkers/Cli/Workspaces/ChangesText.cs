using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Workspaces;

/// <summary>What a workspace holds, and what the checks said, for a person. Names come from repositories: control characters are shown as text.</summary>
internal static class ChangesText
{
    private const int NameMax = 200;
    private const int CommitsShown = 10;

    /// <summary>Whether there is anything to look at, merge or discard.</summary>
    public static bool HoldsSomething(JsonNode? changes) => changes is JsonObject
        && (Number(changes["file_count"]) > 0 || Items(changes, "commits").Any() || Items(changes, "nested_repositories").Any() || Items(changes, "uncommitted").Any());

    /// <param name="filesMax">More files than these are counted.</param>
    public static string Of(JsonNode changes, int filesMax)
    {
        if (!HoldsSomething(changes))
        {
            return "no changes\n";
        }

        var text = new StringBuilder();
        int commits = Items(changes, "commits").Count();
        text.Append(Counted(Number(changes["file_count"]), "file")).Append(" changed, ")
            .Append(CultureInfo.InvariantCulture, $"+{Number(changes["added"])} -{Number(changes["deleted"])}")
            .Append(CultureInfo.InvariantCulture, $"; {Counted(commits, "commit")}{(changes["branch"] is { } branch ? $" on {Name(branch)}" : "")}\n");
        var files = Items(changes, "files").ToList();
        foreach (var file in files.Take(filesMax))
        {
            text.Append("  ").Append(File(file)).Append('\n');
        }

        long left = Number(changes["file_count"]) - Math.Min(files.Count, filesMax);
        if (left > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"  … and {left} more\n");
        }

        foreach (var commit in Items(changes, "commits").TakeLast(CommitsShown))
        {
            text.Append(CultureInfo.InvariantCulture, $"  {Short(commit?["id"])} {Name(commit?["subject"])}\n");
        }

        Append(text, "not committed", Items(changes, "uncommitted"), filesMax);
        Append(text, "nested repository, in no commit", Items(changes, "nested_repositories"), filesMax);
        return text.ToString();
    }

    /// <summary>The first characters of a commit's id.</summary>
    public static string Short(JsonNode? commit) => Name(commit) is { Length: > 10 } whole ? whole[..10] : Name(commit);

    /// <summary>A line for each check, and of one that failed the end of what it wrote.</summary>
    public static string Checks(JsonNode? checks)
    {
        var text = new StringBuilder();
        foreach (var check in checks as JsonArray ?? [])
        {
            bool passed = check?["exit_code"] is JsonValue && Number(check["exit_code"]) == 0;
            string how = passed ? "passed" : check?["exit_code"] is null ? "did not end" : string.Create(CultureInfo.InvariantCulture, $"failed with exit code {Number(check["exit_code"])}");
            text.Append(CultureInfo.InvariantCulture, $"  {how}: {Name(check?["command"])} ({Seconds(check?["seconds"])} s)\n");
            string output = check?["output"]?.ToString() ?? "";
            if (!passed && output.Length > 0)
            {
                foreach (string line in TerminalText.Visible(output).TrimEnd('\n').Split('\n'))
                {
                    text.Append("    ").Append(line).Append('\n');
                }
            }
        }

        return text.ToString();
    }

    public static string Name(JsonNode? text) => TerminalText.OneLine(text?.ToString() ?? "", NameMax);

    public static string Counted(long count, string thing) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {thing}{(count == 1 ? "" : "s")}");

    /// <summary>Zero for what is no number.</summary>
    public static long Number(JsonNode? node) =>
        node is JsonValue && long.TryParse(node.ToJsonString(), NumberStyles.Integer, CultureInfo.InvariantCulture, out long value) ? value : 0;

    private static string Seconds(JsonNode? node) =>
        node is JsonValue && double.TryParse(node.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value.ToString("0.0", CultureInfo.InvariantCulture)
            : "?";

    private static IEnumerable<JsonNode?> Items(JsonNode changes, string key) => changes[key] as JsonArray ?? [];

    private static string File(JsonNode? file)
    {
        string status = file?["status"]?.ToString() switch
        {
            "added" => "A",
            "modified" => "M",
            "deleted" => "D",
            "renamed" => "R",
            "copied" => "C",
            "type_changed" => "T",
            var other => Name(other),
        };
        string path = file?["from"] is { } from ? $"{Name(from)} -> {Name(file["path"])}" : Name(file?["path"]);
        string lines = file?["added"] is null && file?["deleted"] is null
            ? "binary"
            : string.Create(CultureInfo.InvariantCulture, $"+{Number(file["added"])} -{Number(file["deleted"])}");
        return $"{status} {path}  {lines}";
    }

    private static void Append(StringBuilder text, string what, IEnumerable<JsonNode?> names, int max)
    {
        var all = names.ToList();
        foreach (var name in all.Take(max))
        {
            text.Append(CultureInfo.InvariantCulture, $"  {what}: {Name(name)}\n");
        }

        if (all.Count > max)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {what}: … and {all.Count - max} more\n");
        }
    }
}
