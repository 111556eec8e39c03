using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests.Policy.Shell;

namespace McpWorkers.Engine.Requests.Policy;

/// <summary>Whether allow rules cover a call: all of it, and surely.</summary>
/// <param name="rules">Those that allow, at the level in question.</param>
internal sealed class AllowRules(IReadOnlyList<PolicyRule> rules)
{
    /// <returns>The rules that it takes, in the order of use; null where something is not covered.</returns>
    public IReadOnlyList<PolicyRule>? Covering(ToolCall call)
    {
        if (call.Doubt is not null || call.Suspicion is not null || call.Place is not { } place)
        {
            return null;
        }

        if (call.Line is { } line)
        {
            return OfLine(call, line, place);
        }

        var rule = rules.FirstOrDefault(r => r.Commands.Count == 0 && ToolPattern.IsAbout(r, call.Tool, call.Kind) && CoversAll(r, call.Paths, place));
        return rule is null ? null : [rule];
    }

    private List<PolicyRule>? OfLine(ToolCall call, ShellLine line, Place place)
    {
        List<PolicyRule> used = [];
        bool moves = ShellPaths.Moves(line);
        foreach (var command in line.Commands)
        {
            var rule = command.Words.Count == 0 ? null : rules.FirstOrDefault(r =>
                ToolPattern.IsAbout(r, call.Tool, call.Kind)
                && (r.Commands.Count == 0 ? !command.RunsArguments : r.Commands.Any(pattern => CommandPattern.Covers(pattern, command)))
                && (r.Paths.Count == 0 || (!moves && ShellPaths.ForAllowing(command, place) is { } paths && CoversAll(r, [.. paths, .. call.Paths], place))));
            if (command.Words.Count > 0 && rule is null)
            {
                return null;
            }

            used.AddRange(rule is null ? [] : [rule]);
            foreach (var file in command.Files.Where(f => !ShellPaths.IsNothing(f.Target)))
            {
                if (moves || OfFile(call, file, rule, place) is not { } allowing)
                {
                    return null;
                }

                used.Add(allowing);
            }
        }

        // A line of nothing but /dev/null does nothing, and no rule allows it.
        return used.Count == 0 ? null : [.. used.Distinct()];
    }

    /// <summary>The shell's own reading and writing is that of the tools for files; a rule for a single command does not cover it.</summary>
    private PolicyRule? OfFile(ToolCall call, ShellFile file, PolicyRule? command, Place place)
    {
        if (!file.Target.IsWhole)
        {
            return null;
        }

        var path = ShellPaths.Of(file.Target, place);
        if (command is not null && (command.Paths.Count > 0 || command.Commands.Count == 0) && CoversAll(command, [path], place))
        {
            return command;
        }

        var kind = file.Writes ? ToolKind.Edit : ToolKind.Read;
        return rules.FirstOrDefault(r =>
            r.Commands.Count == 0 && CoversAll(r, [path], place)
            && (ToolPattern.IsAboutKind(r, kind) || (r.Paths.Count == 0 && ToolPattern.IsAbout(r, call.Tool, call.Kind))));
    }

    /// <summary>A rule without paths covers any; one with paths nothing that names none.</summary>
    private static bool CoversAll(PolicyRule rule, IReadOnlyList<UsedPath> paths, Place place)
    {
        if (rule.Paths.Count == 0)
        {
            return true;
        }

        PathPattern[] patterns = [.. rule.Paths.Select(text => PathPattern.Allowing(text, place)).OfType<PathPattern>()];
        return paths.Count > 0 && paths.All(path => patterns.Any(pattern => pattern.Covers(path)));
    }
}
