using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings.Reading;

namespace McpWorkers.Engine.Settings.Building;

/// <summary>Bounds of the host, or of one type on top of the host's.</summary>
internal static class BoundsBuilder
{
    /// <param name="path">The keys above, for messages.</param>
    public static RunBounds Build(SettingNode.Branch? tree, RunBounds under, string path, SettingsProblems problems)
    {
        if (tree is null)
        {
            return under;
        }

        var bounds = under with
        {
            FirstOutput = Seconds(tree, "first_output_seconds") ?? under.FirstOutput,
            Silence = Seconds(tree, "silence_seconds") ?? under.Silence,
            SilenceInTool = Seconds(tree, "silence_in_tool_seconds") ?? under.SilenceInTool,
            AfterResult = Seconds(tree, "after_result_seconds") ?? under.AfterResult,
            OutputBytesMax = tree.Number("output_bytes_max") ?? under.OutputBytesMax,
            LineBytesMax = (int)(tree.Number("line_bytes_max") ?? under.LineBytesMax),
        };
        if (bounds.SilenceInTool >= bounds.Silence)
        {
            return bounds;
        }

        if (tree["silence_in_tool_seconds"] is { Origin: not SettingOrigin.BuiltIn } written)
        {
            problems.Warn(written.Origin, FormattableString.Invariant(
                $"{path}silence_in_tool_seconds: {written.Content} is less than silence_seconds; {bounds.Silence.TotalSeconds} is used."));
        }

        return bounds with { SilenceInTool = bounds.Silence };
    }

    private static TimeSpan? Seconds(SettingNode.Branch tree, string key) =>
        tree.Number(key) is { } seconds ? HostSettingsBuilder.Seconds(seconds) : null;
}
