using System.Security.Cryptography;
using System.Text;
using McpWorkers.Daemon;

namespace McpWorkers.Cli.Watch;

/// <summary>Whether debug mode is asked for, and under which name a window finds the client's runs.</summary>
internal static class DebugMode
{
    public const string Variable = ClientSession.DebugVariable;

    public static bool IsAsked(IReadOnlyDictionary<string, string> variables) =>
        variables.TryGetValue(Variable, out string? value) && value is not ("" or "0" or "false" or "no" or "off");

    /// <summary>The same for all commands of one tmux session or iTerm2 window, so that one window follows them all; else one of its own.</summary>
    public static string ClientOf(IReadOnlyDictionary<string, string> variables) =>
        variables.GetValueOrDefault("TMUX") is { Length: > 0 } tmux ? "tmux-" + DigestOf(tmux)
        : variables.GetValueOrDefault("ITERM_SESSION_ID") is { Length: > 0 } session ? "iterm-" + DigestOf(session)
        : "command-" + Guid.NewGuid().ToString("N")[..12];

    /// <summary>The environment that is handed to the daemon: with the client's name in debug mode, else without a word of it.</summary>
    public static IReadOnlyDictionary<string, string> Named(IReadOnlyDictionary<string, string> variables, string? client)
    {
        if (client is null && !variables.ContainsKey(Variable))
        {
            return variables;
        }

        var named = new Dictionary<string, string>(variables);
        named.Remove(Variable);
        if (client is not null)
        {
            named[Variable] = client;
        }

        return named;
    }

    private static string DigestOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];
}
