using System.Buffers;
using System.Text.Json;

namespace McpWorkers.Engine.Requests.Policy;

/// <summary>Reads the call of a tool that reads or changes files.</summary>
internal static class FileCallReader
{
    private static readonly SearchValues<char> PatternSigns = SearchValues.Create("*?[{!+@(");

    public static ToolCall Read(ToolCall call, JsonElement input)
    {
        var tool = ToolTable.Find(call.Tool)!;
        List<string> paths = [];
        string? doubt = null;
        string? pattern = null;
        foreach (var property in input.EnumerateObject())
        {
            if (LookAlikes.InWord(property.Name, "a property") is { } odd)
            {
                return call with { Suspicion = odd };
            }

            if (tool.Paths.Contains(property.Name) && property.Value.ValueKind == JsonValueKind.String)
            {
                paths.Add(property.Value.GetString()!);
            }
            else if (property.Name == ToolTable.GlobPattern && property.Value.ValueKind == JsonValueKind.String && ToolTable.FindsByName(call.Tool))
            {
                pattern = property.Value.GetString()!;
            }
            else if (!tool.Inert.Contains(property.Name))
            {
                doubt ??= ToolCallReader.DoubtOf(property);
            }
        }

        if (paths.Count > 1)
        {
            doubt ??= "it names its path in two ways";
        }

        bool ofDirectory = tool.Paths.Contains("path");
        if (paths.Count == 0 && ofDirectory)
        {
            paths.Add(".");
        }

        if (pattern is not null)
        {
            paths.Add(DirectoryOf(pattern, paths[0]));
            doubt ??= pattern.Split('/').Skip(1).Contains("..") ? "its pattern leads upwards" : null;
        }

        return Checked(call with { Doubt = doubt }, paths, tool.Tree ? Below.All : Below.Nothing);
    }

    /// <summary>The part of a pattern before its first sign: <c>/etc/*.conf</c> looks into <c>/etc</c>.</summary>
    private static string DirectoryOf(string pattern, string directory)
    {
        int sign = pattern.AsSpan().IndexOfAny(PatternSigns);
        string known = sign < 0 ? pattern : pattern[..(pattern.LastIndexOf('/', Math.Max(sign - 1, 0)) + 1)];
        return known.Length == 0 ? directory : PolicyPath.IsAbsolute(known) || known[0] == '~' ? known : directory.TrimEnd('/') + "/" + known;
    }

    private static ToolCall Checked(ToolCall call, List<string> paths, Below below)
    {
        string? odd = paths.Select(SuspicionOf).FirstOrDefault(s => s is not null);
        if (odd is not null || paths.Count == 0)
        {
            return call with { Suspicion = odd ?? "its input names no path" };
        }

        UsedPath[] used = [.. paths.Select(path => UsedPath.Of(path, call.Place!, below))];
        return call with { Paths = used, Doubt = call.Doubt ?? (used.All(u => u.Sure) ? null : "it is not sure where its path leads") };
    }

    private static string? SuspicionOf(string path) =>
        LookAlikes.InName(path, "a path")
        ?? (path.AsSpan().IndexOfAny('\n', '\t') >= 0 ? "a path holds a line feed or tab" : path.Length == 0 ? "a path is empty" : null);
}
