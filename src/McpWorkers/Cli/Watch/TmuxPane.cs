using McpWorkers.Engine.Execution.Processes;

namespace McpWorkers.Cli.Watch;

/// <summary>One pane of the tmux session that a command runs in. Needs tmux 3.0.</summary>
internal sealed class TmuxPane
{
    /// <summary>Marks a pane with the client that it follows.</summary>
    private const string Mark = "@mcpworkers_follows";

    // The pane is started by tmux's server, with the server's environment: where things are is told to it, and no more, since arguments can be seen.
    private static readonly string[] Places = ["HOME", "PATH", "DOTNET_ROOT", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "LANG", "LC_ALL", "NO_COLOR"];

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly string _tmux;
    private readonly string[] _server;
    private readonly string _target;

    private TmuxPane(string tmux, string socket, string target)
    {
        _tmux = tmux;
        _server = ["-S", socket];
        _target = target;
    }

    /// <summary>Null where this is no tmux session.</summary>
    /// <param name="variables"><c>TMUX</c> is the server's socket, its process and the session's number, with commas between.</param>
    public static TmuxPane? Of(IReadOnlyDictionary<string, string> variables)
    {
        string[] parts = variables.GetValueOrDefault("TMUX", "").Split(',');
        if (parts is not [{ Length: > 0 }, ..])
        {
            return null;
        }

        // A socket's path may hold commas; what follows it does not.
        string socket = string.Join(',', parts.Length > 2 ? parts[..^2] : parts[..1]);
        string target = variables.GetValueOrDefault("TMUX_PANE") is { Length: > 0 } pane ? pane : parts.Length > 2 ? $"${parts[^1]}:" : "";
        return new(ExecutableOf(variables), socket, target);
    }

    /// <summary>Opens the pane, unless there is one for this client in the session already.</summary>
    /// <param name="client">Whom it follows.</param>
    /// <param name="words">What runs in it.</param>
    /// <returns>Null; or why there is no pane.</returns>
    public async Task<string?> OpenAsync(
        string client, IReadOnlyList<string> words, string directory, IReadOnlyDictionary<string, string> variables, CancellationToken cancellationToken)
    {
        var there = await TellAsync(ListWords(), cancellationToken);
        if (there.ExitCode != 0)
        {
            return FaultOf(there);
        }

        if (there.Stdout.Split('\n').Contains($"0 {client}"))
        {
            return null;
        }

        var opened = await TellAsync(SplitWords(words, directory, variables), cancellationToken);
        if (opened.ExitCode != 0)
        {
            return FaultOf(opened);
        }

        var marked = await TellAsync(["set-option", "-p", "-t", opened.Stdout.Trim(), Mark, client], cancellationToken);
        return marked.ExitCode == 0 ? null : FaultOf(marked);
    }

    internal IReadOnlyList<string> SplitWords(IReadOnlyList<string> words, string directory, IReadOnlyDictionary<string, string> variables) =>
    [
        "split-window", "-d", "-P", "-F", "#{pane_id}", .. Target(), "-c", Word(directory),
        .. Places.Where(variables.ContainsKey).SelectMany(name => new[] { "-e", Word($"{name}={variables[name]}") }),
        "--", .. words.Select(Word),
    ];

    private string[] ListWords() => ["list-panes", "-s", .. Target(), "-F", $"#{{pane_dead}} #{{{Mark}}}"];

    private string[] Target() => _target.Length > 0 ? ["-t", _target] : [];

    /// <summary>tmux takes a semicolon at the end of a word for the end of its command.</summary>
    private static string Word(string word) => word.EndsWith(';') ? word[..^1] + "\\;" : word;

    private Task<CommandOutput> TellAsync(IReadOnlyList<string> words, CancellationToken cancellationToken) =>
        CommandRunner.RunAsync(_tmux, [.. _server, .. words], Limit, cancellationToken);

    private static string FaultOf(CommandOutput said) =>
        said.TimedOut ? $"tmux did not answer within {Limit.TotalSeconds:0} s" : said.Stderr.Trim() is { Length: > 0 } words ? words : "tmux failed";

    private static string ExecutableOf(IReadOnlyDictionary<string, string> variables) =>
        variables.GetValueOrDefault("PATH", "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, "tmux")).FirstOrDefault(File.Exists) ?? "tmux";
}
