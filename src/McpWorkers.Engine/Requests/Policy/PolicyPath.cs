namespace McpWorkers.Engine.Requests.Policy;

/// <summary>Paths as texts: made whole, and without <c>.</c> and <c>..</c>. Always with '/', a drive as <c>C:/</c>.</summary>
internal static class PolicyPath
{
    /// <summary>A longer path leads nowhere, or is there to keep us busy.</summary>
    private const int LengthMax = 4096;

    /// <returns>Null for a path of which it is not sure where it leads.</returns>
    public static string? Whole(string path, string directory)
    {
        bool windows = IsWindows(directory);
        if (windows)
        {
            path = path.Replace('\\', '/');
        }

        if (path.Length is 0 or > LengthMax || path.Contains('\0', StringComparison.Ordinal) || (!windows && path.Contains('\\', StringComparison.Ordinal)))
        {
            return null;
        }

        if (windows && (IsOdd(path) || path.StartsWith('/')))
        {
            return null;
        }

        return Normalised(Joined(path, directory));
    }

    /// <summary>Not normalised: what follows links has to see each part.</summary>
    public static string Joined(string path, string directory) =>
        path.StartsWith('/') || (IsWindows(path) && IsWindows(directory)) ? path : directory.Replace('\\', '/').TrimEnd('/') + "/" + path;

    public static bool IsAbsolute(string path) => path.StartsWith('/') || IsWindows(path);

    /// <summary>Begins with a drive, such as <c>C:\</c>.</summary>
    public static bool IsWindows(string path) => path.Length >= 3 && char.IsAsciiLetter(path[0]) && path[1] == ':' && path[2] is '\\' or '/';

    public static bool IsRoot(string whole) => whole == "/" || (IsWindows(whole) && whole.Length == 3);

    /// <summary>The path and all that is below.</summary>
    public static bool IsWithin(string path, string directory, bool ignoreCase)
    {
        var comparison = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        string under = directory.TrimEnd('/') + "/";
        return path.StartsWith(under, comparison) || string.Equals(path, directory, comparison);
    }

    private static string Normalised(string whole)
    {
        int root = IsWindows(whole) ? 2 : 0;
        List<string> parts = [];
        foreach (string part in whole[root..].Split('/', StringSplitOptions.RemoveEmptyEntries).Where(p => p != "."))
        {
            if (part != "..")
            {
                parts.Add(part);
            }
            else if (parts.Count > 0)
            {
                parts.RemoveAt(parts.Count - 1);
            }
        }

        return whole[..root] + "/" + string.Join('/', parts);
    }

    /// <summary>Spellings of Windows that name a file by something else than its name: <c>NAME.</c>, <c>NAME::$DATA</c>, <c>PROGRA~1</c>, <c>\\?\…</c>.</summary>
    private static bool IsOdd(string path) =>
        path.StartsWith("//", StringComparison.Ordinal)
        || path[(IsWindows(path) ? 2 : 0)..].Contains(':', StringComparison.Ordinal)
        || path.Split('/').Any(part => (part.Length > 0 && part[^1] is '.' or ' ' && part is not ("." or "..")) || HasShortName(part));

    private static bool HasShortName(string part)
    {
        int tilde = part.IndexOf('~', StringComparison.Ordinal);
        return tilde > 0 && tilde + 1 < part.Length && char.IsAsciiDigit(part[tilde + 1]);
    }
}
