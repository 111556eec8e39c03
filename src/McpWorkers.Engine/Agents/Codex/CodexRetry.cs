using System.Globalization;
using System.Text.RegularExpressions;

namespace McpWorkers.Engine.Agents.Codex;

/// <summary>
/// The retries that codex tells as error events: <c>Reconnecting... 1/2 (reason)</c>, and without a count while it waits for a network.
/// </summary>
internal static partial class CodexRetry
{
    public static bool TryRead(string message, int? status, out AgentEvent.Retrying retrying)
    {
        var match = Reconnecting().Match(message);
        retrying = !match.Success ? new(0, null, null, null, "") : new(
            Number(match.Groups["n"]) ?? 0,
            Number(match.Groups["max"]),
            null,
            status,
            match.Groups["reason"] is { Success: true } reason ? reason.Value : message);
        return match.Success;
    }

    private static int? Number(Group group) =>
        int.TryParse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;

    [GeneratedRegex(
        @"^Reconnecting\.\.\. *(?:(?<n>[0-9]+)/(?<max>[0-9]+))?[^(]*(?:\((?<reason>.*)\))?",
        RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Reconnecting();
}
