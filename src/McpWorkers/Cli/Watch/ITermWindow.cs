using McpWorkers.Engine.Execution.Processes;

namespace McpWorkers.Cli.Watch;

/// <summary>A window of iTerm2, opened through its scripting interface. Written from its documentation; not proved on a Mac.</summary>
internal static class ITermWindow
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>iTerm2 takes a command as one line: the script quotes the words it is given, so that none is ever put together here.</summary>
    internal const string Script =
        """
        on run argv
          set theCommand to ""
          repeat with onePart in argv
            set theCommand to theCommand & quoted form of (onePart as text) & " "
          end repeat
          tell application "iTerm2" to create window with default profile command theCommand
        end run
        """;

    public static bool IsHere(IReadOnlyDictionary<string, string> variables) =>
        variables.GetValueOrDefault("TERM_PROGRAM") == "iTerm.app" || variables.ContainsKey("ITERM_SESSION_ID");

    internal static IReadOnlyList<string> Words(IReadOnlyList<string> command) => ["-e", Script, .. command];

    /// <returns>Null; or why there is no window.</returns>
    public static async Task<string?> OpenAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var said = await CommandRunner.RunAsync("osascript", Words(command), Limit, cancellationToken);
        return said.ExitCode == 0 ? null : said.TimedOut ? "iTerm2 did not answer" : said.Stderr.Trim() is { Length: > 0 } words ? words : "osascript failed";
    }
}
