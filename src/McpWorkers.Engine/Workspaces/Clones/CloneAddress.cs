using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workspaces.Clones;

/// <summary>What is cloned, checked: what git is given, what may be shown, and the secret that was in it.</summary>
/// <param name="Given">A URL or <c>host:path</c> without a password; a path on this machine as a <c>file</c> URL.</param>
/// <param name="Shown">For messages and records: without user and password where they could be a secret.</param>
/// <param name="Credentials">The URL as it was, where it held a password; otherwise null.</param>
internal sealed record CloneAddress(string Given, string Shown, string? Credentials)
{
    /// <summary>Other schemes are programs called <c>git-remote-SCHEME</c>.</summary>
    private static readonly string[] Schemes = ["https", "http", "ssh", "git", "file", "git+ssh", "ssh+git"];

    /// <param name="directory">Relative paths are relative to it.</param>
    /// <exception cref="RefusedException">It is nothing that may be cloned. The message holds no password.</exception>
    public static CloneAddress Of(string? repository, string directory)
    {
        if (string.IsNullOrEmpty(repository))
        {
            throw new RefusedException(RefusalCode.InvalidArgument, "A clone needs a repository: a URL, or the path of a repository on this machine.");
        }

        if (repository[0] == '-' || repository.Any(char.IsControl))
        {
            throw new RefusedException(RefusalCode.InvalidArgument, "A repository's address begins with no '-' and has no control characters.");
        }

        int scheme = repository.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0)
        {
            return OfUrl(repository, scheme);
        }

        // As git tells them apart (urls in git-clone(1)): a colon before the first slash is a host's.
        int colon = repository.IndexOf(':', StringComparison.Ordinal);
        int slash = repository.IndexOf('/', StringComparison.Ordinal);
        if (colon >= 0 && (slash < 0 || colon < slash))
        {
            return repository.IndexOf("::", StringComparison.Ordinal) == colon
                ? throw Refused(repository[..colon] + "::")
                : new(repository, repository, null);
        }

        string path = LinkedPath.Resolve(Path.GetFullPath(repository, directory));
        return Path.Exists(path)
            ? new("file://" + path.Replace("%", "%25", StringComparison.Ordinal), path, null)
            : throw new RefusedException(RefusalCode.InvalidArgument, $"There is no repository at '{path}'. Name a path relative to '{directory}', an absolute one, or a URL.");
    }

    /// <summary>Takes what is secret out of what git said.</summary>
    public string Masked(string text) => Credentials is null ? text : Secrets(Credentials).Aggregate(text, static (masked, secret) => masked.Replace(secret, "***", StringComparison.Ordinal));

    private static CloneAddress OfUrl(string url, int scheme)
    {
        string name = url[..scheme].ToLowerInvariant();
        if (!Schemes.Contains(name))
        {
            throw Refused(name + "://");
        }

        int begin = scheme + 3;
        int end = url.IndexOfAny(['/', '?', '#'], begin);
        string authority = end < 0 ? url[begin..] : url[begin..end];
        int at = authority.LastIndexOf('@');
        if (authority[(at + 1)..].StartsWith('-') || authority.StartsWith('-'))
        {
            throw new RefusedException(RefusalCode.InvalidArgument, "The host in a repository's address begins with no '-'.");
        }

        if (at < 0 || name == "file")
        {
            return new(url, url, null);
        }

        string user = authority[..at];
        string host = authority[(at + 1)..];
        string rest = end < 0 ? "" : url[end..];
        string bare = url[..begin] + host + rest;
        bool isHttp = name is "http" or "https";
        return user.Contains(':', StringComparison.Ordinal)
            ? new(isHttp ? bare : url[..begin] + user[..user.IndexOf(':', StringComparison.Ordinal)] + '@' + host + rest, bare, url)
            // A name alone may be a token too; with ssh it is who one is there.
            : new(url, isHttp ? bare : url, isHttp ? url : null);
    }

    private static IEnumerable<string> Secrets(string url)
    {
        int begin = url.IndexOf("://", StringComparison.Ordinal) + 3;
        int end = url.IndexOfAny(['/', '?', '#'], begin);
        string authority = end < 0 ? url[begin..] : url[begin..end];
        string user = authority[..authority.LastIndexOf('@')];
        int colon = user.IndexOf(':', StringComparison.Ordinal);
        string[] parts = colon < 0 ? [user + '@'] : [user, user[(colon + 1)..]];
        return parts.SelectMany(static part => new[] { part, Uri.UnescapeDataString(part) }).Where(static part => part.Length > 0).Distinct().OrderByDescending(static part => part.Length);
    }

    private static RefusedException Refused(string scheme) =>
        new(RefusalCode.InvalidArgument, $"A repository is not cloned by '{scheme}', which names a program. Allowed: {string.Join(", ", Schemes)}, 'host:path', a path on this machine.");
}
