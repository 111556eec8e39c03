using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Changes;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Inner;

/// <summary>
/// The configuration and the lists that an inner repository begins with: what decides how files look, as it holds outside, and the user's name.
/// Addresses, credentials and programs of the user's configuration stay outside.
/// </summary>
internal static class InnerConfiguration
{
    private const int ListMax = 1 << 20;

    /// <summary>In lower case, as git prints them.</summary>
    private static readonly HashSet<string> Told =
    [
        "core.filemode", "core.symlinks", "core.ignorecase", "core.precomposeunicode", "core.autocrlf", "core.eol", "core.safecrlf",
        "core.checkroundtripencoding", "extensions.objectformat", "i18n.commitencoding", "init.defaultbranch",
    ];

    /// <exception cref="GitException">The configuration cannot be read.</exception>
    public static async Task<string> TextAsync(GitRepository outside, WorkspaceSettings settings, CancellationToken cancellationToken)
    {
        var listed = await outside.RunAsync(["config", "--list", "--null"], cancellationToken);
        var told = listed.Fields.Where(entry => Told.Contains(entry.Split('\n')[0])).ToList();
        var text = new StringBuilder("[core]\n\trepositoryFormatVersion = 1\n\tbare = false\n\tlogAllRefUpdates = true\n[extensions]\n\tworktreeConfig = true\n");
        text.Append(LocalConfiguration.Kept(told));

        // The user's alone: what a repository may say does not hold it.
        if (told.FindLast(entry => entry.StartsWith("init.", StringComparison.Ordinal)) is { } branch && branch.Split('\n') is [_, var name])
        {
            text.Append("[init]\n\tdefaultBranch = ").Append(Quoted(name)).Append('\n');
        }

        // "Name <mail> seconds zone"
        var able = await outside.WithIdentityAsync(settings, cancellationToken);
        string identity = (await able.RunAsync(["var", "GIT_AUTHOR_IDENT"], cancellationToken)).Text;
        int open = identity.LastIndexOf('<');
        int close = identity.LastIndexOf('>');
        if (open > 0 && close > open)
        {
            text.Append("[user]\n\tname = ").Append(Quoted(identity[..open].Trim())).Append("\n\temail = ").Append(Quoted(identity[(open + 1)..close])).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>What git ignores: the repository's own list and the user's. Without them an agent would commit what was kept out by them.</summary>
    public static async Task<byte[]> ExcludedAsync(GitRepository outside, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var named = await outside.TryAsync(["config", "--type=path", "--get", "core.excludesFile"], cancellationToken);
        string? users = named.Succeeded ? named.Text
            : environment.GetValueOrDefault("XDG_CONFIG_HOME") is { Length: > 0 } configuration ? Path.Combine(configuration, "git", "ignore")
            : environment.GetValueOrDefault("HOME") is { Length: > 0 } home ? Path.Combine(home, ".config", "git", "ignore") : null;
        return [.. Read(users), .. "\n"u8, .. Read(Path.Combine(outside.Place.CommonDirectory, "info", "exclude"))];
    }

    /// <summary>A file of the user's, or of the source's git directory; nothing where it is not there.</summary>
    public static byte[] Read(string? path)
    {
        try
        {
            return path is not null && new FileInfo(path) is { Exists: true, Length: <= ListMax } ? File.ReadAllBytes(path) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string Quoted(string value) =>
        '"' + value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", " ", StringComparison.Ordinal) + '"';
}
