using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests.Policy.Shell;

namespace McpWorkers.Engine.Requests.Policy;

/// <summary>Whether a deny rule is about a call. What may be denied and cannot be told counts as perhaps.</summary>
internal static class DenyRules
{
    /// <summary>Longer texts of tools that are not known are not read as commands.</summary>
    private const int CommandLengthMax = 16 * 1024;

    public static Match Meets(PolicyRule rule, ToolCall call) => call.Kind switch
    {
        ToolKind.Shell => MeetsLine(rule, call),
        _ when !ToolPattern.IsAbout(rule, call.Tool, call.Kind) => Match.No,
        _ when rule.Commands.Count == 0 && rule.Paths.Count == 0 => Match.Yes,
        ToolKind.Edit or ToolKind.Read => rule.Commands.Count > 0 ? Match.No : Higher(MeetsPaths(rule, call.Paths, call.Place), DoubtOf(call)),
        ToolKind.Web => Match.No,
        _ => Higher(MeetsTexts(rule, call), DoubtOf(call)),
    };

    private static Match DoubtOf(ToolCall call) => call.Doubt is null && call.Suspicion is null ? Match.No : Match.Maybe;

    private static Match MeetsLine(PolicyRule rule, ToolCall call)
    {
        bool about = ToolPattern.IsAbout(rule, call.Tool, call.Kind);
        if (about && rule.Commands.Count == 0 && rule.Paths.Count == 0)
        {
            return Match.Yes;
        }

        if (call.Line is not { } line || call.Place is not { } place)
        {
            return about ? Match.Maybe : Match.No;
        }

        var match = rule.Commands.Count == 0 ? MeetsFiles(rule, line, place, about) : Match.No;
        if (!about)
        {
            return match;
        }

        match = Higher(match, DoubtOf(call));
        if (rule.Commands.Count == 0)
        {
            match = Higher(match, MeetsPaths(rule, call.Paths, place));
        }

        foreach (var words in line.Commands.Select(c => c.Words).Concat(line.Hidden).TakeWhile(_ => match != Match.Yes))
        {
            match = Higher(match, MeetsCommand(rule, words, place));
        }

        return match;
    }

    private static Match MeetsCommand(PolicyRule rule, IReadOnlyList<ShellWord> words, Place place)
    {
        var command = rule.Commands.Count == 0 ? Match.Yes : rule.Commands.Max(pattern => CommandPattern.Meets(pattern, words));
        return command == Match.No || rule.Paths.Count == 0
            ? command
            : (Match)Math.Min((int)command, (int)MeetsPaths(rule, ShellPaths.ForDenying(words, place), place));
    }

    /// <summary>What the shell itself reads and writes: <c>&gt; file</c> is an edit.</summary>
    private static Match MeetsFiles(PolicyRule rule, ShellLine line, Place place, bool about)
    {
        var match = Match.No;
        foreach (var file in line.Commands.SelectMany(c => c.Files).Where(f => !ShellPaths.IsNothing(f.Target)))
        {
            if (about || ToolPattern.IsAboutKind(rule, file.Writes ? ToolKind.Edit : ToolKind.Read))
            {
                match = Higher(match, rule.Paths.Count == 0 ? Match.Yes : MeetsPaths(rule, [ShellPaths.Of(file.Target, place)], place));
            }
        }

        return match != Match.No && ShellPaths.Moves(line) ? Higher(match, Match.Maybe) : match;
    }

    private static Match MeetsPaths(PolicyRule rule, IEnumerable<UsedPath> paths, Place? place)
    {
        if (place is null)
        {
            return Match.Maybe;
        }

        PathPattern?[] patterns = [.. rule.Paths.Select(text => PathPattern.Denying(text, place))];
        var match = patterns.Contains(null) ? Match.Maybe : Match.No;
        foreach (var path in paths.TakeWhile(_ => match != Match.Yes))
        {
            match = patterns.OfType<PathPattern>().Aggregate(match, (m, pattern) => Higher(m, pattern.Meets(path)));
        }

        return match;
    }

    /// <summary>A tool of which only the name is known: a text that is a denied path is taken for one, one that could be a denied command is asked about.</summary>
    private static Match MeetsTexts(PolicyRule rule, ToolCall call)
    {
        if (call.Place is not { } place)
        {
            return Match.Maybe;
        }

        if (rule.Commands.Count == 0)
        {
            return MeetsPaths(rule, call.Texts.Where(IsOneLine).Select(text => UsedPath.Of(PathOf(text), place, Below.Nothing) with { Sure = true }), place);
        }

        return call.Texts.Where(text => text.Length <= CommandLengthMax)
            .Select(text => ShellParser.Parse(text))
            .Any(line => line.Commands.Select(c => c.Words).Concat(line.Hidden).Any(words => MeetsCommand(rule, words, place) == Match.Yes))
            ? Match.Maybe
            : Match.No;
    }

    private static bool IsOneLine(string text) => text.Length is > 0 and <= 4096 && !text.Contains('\n', StringComparison.Ordinal);

    private static string PathOf(string text) => text.StartsWith("file://", StringComparison.OrdinalIgnoreCase) ? text[7..] : text;

    private static Match Higher(Match a, Match b) => a > b ? a : b;
}
