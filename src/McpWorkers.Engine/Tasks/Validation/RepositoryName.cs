namespace McpWorkers.Engine.Tasks.Validation;

/// <summary>Addresses of repositories, to be told apart from paths and compared.</summary>
internal static class RepositoryName
{
    private const string Scheme = "://";

    /// <summary>A URL or <c>host:path</c>; anything else is a path. As git tells them apart: a colon before the first slash is a host's.</summary>
    public static bool IsAddress(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        bool isDrive = colon == 1 && OperatingSystem.IsWindows();
        return !isDrive && (text.Contains(Scheme, StringComparison.Ordinal) || colon > 0 && (slash < 0 || colon < slash));
    }

    /// <summary>The same place: whoever asks, with or without the ending .git or a slash. A host's name knows no capitals.</summary>
    public static bool IsSame(string one, string other) => IsAddress(one) && IsAddress(other) && Plain(one) == Plain(other);

    /// <summary>Without user and password, which are nobody's business.</summary>
    public static string Shown(string text)
    {
        int scheme = text.IndexOf(Scheme, StringComparison.Ordinal);
        if (scheme < 0)
        {
            return text;
        }

        int begin = scheme + Scheme.Length;
        int end = text.IndexOf('/', begin);
        string host = end < 0 ? text[begin..] : text[begin..end];
        return text[..begin] + host[(host.LastIndexOf('@') + 1)..] + (end < 0 ? "" : text[end..]);
    }

    private static string Plain(string address)
    {
        string text = Shown(address).TrimEnd('/');
        text = text.EndsWith(".git", StringComparison.Ordinal) ? text[..^4] : text;
        int scheme = text.IndexOf(Scheme, StringComparison.Ordinal);
        int end = scheme < 0 ? text.IndexOf(':', StringComparison.Ordinal) : text.IndexOf('/', scheme + Scheme.Length);
        return end < 0 ? text.ToLowerInvariant() : text[..end].ToLowerInvariant() + text[end..];
    }
}
