namespace McpWorkers.Engine.Workspaces.Git;

/// <summary>The environment of the host's git commands: the caller's, without what would turn git to another place or make it ask.</summary>
internal static class GitEnvironment
{
    /// <summary>Of the variables that git reads (git(1), ENVIRONMENT VARIABLES): those that say who the user is and how he reaches servers.</summary>
    private static readonly HashSet<string> Kept =
    [
        "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT",
        "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_EXEC_PATH", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH",
        "GIT_SSL_CERT", "GIT_SSL_KEY", "GIT_SSL_NO_VERIFY", "GIT_HTTP_PROXY_AUTHMETHOD",
    ];

    public static Dictionary<string, string> Of(IReadOnlyDictionary<string, string> environment)
    {
        var variables = environment
            .Where(variable => !variable.Key.StartsWith("GIT_", StringComparison.Ordinal) || Kept.Contains(variable.Key))
            .ToDictionary(variable => variable.Key, variable => variable.Value);
        variables["GIT_TERMINAL_PROMPT"] = "0";
        variables["GIT_EDITOR"] = ":";
        variables["GIT_SEQUENCE_EDITOR"] = ":";
        variables["GIT_PAGER"] = "cat";
        variables["GIT_NO_REPLACE_OBJECTS"] = "1";
        variables["GIT_LITERAL_PATHSPECS"] = "1";
        variables["LC_ALL"] = "C";
        return variables;
    }
}
