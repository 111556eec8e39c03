namespace McpWorkers.Engine.Model;

/// <summary>The queue of a host.</summary>
public sealed record TaskSettings
{
    /// <summary>Runs that are kept free for tasks while direct prompts wait too; below <see cref="HostSettings.MaxConcurrentWorkers"/>.</summary>
    public int ReservedForTasks { get; init; } = 1;

    /// <summary>How many tasks may wait, be parked or run at once.</summary>
    public int OpenMax { get; init; } = 100_000;

    /// <summary>The role of a task that names none.</summary>
    public string DefaultRole { get; init; } = "code";

    public TaskRetrySettings Retry { get; init; } = new();

    public TaskLimits Limits { get; init; } = new();

    public NoticeSettings Notices { get; init; } = new();
}

/// <summary>How long a failed attempt waits for the next.</summary>
public sealed record TaskRetrySettings
{
    /// <summary>Before the second attempt; doubled before each further one. What is waited is between half of that and all of it.</summary>
    public TimeSpan First { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan Longest { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How many tasks of one queue are tried again in a minute, at least 1.</summary>
    public int PerMinute { get; init; } = 60;

    /// <summary>Worker deaths after which a task is put away, 1–20.</summary>
    public int DeathsMax { get; init; } = 3;
}

/// <summary>What a task may ask for.</summary>
public sealed record TaskLimits
{
    /// <summary>A prompt's length in UTF-8, in bytes.</summary>
    public int PromptBytesMax { get; init; } = 1024 * 1024;

    /// <summary>How many files one task may name.</summary>
    public int FilesMax { get; init; } = 100;

    /// <summary>The longest file that a task may name, in bytes.</summary>
    public long FileBytesMax { get; init; } = 10 * 1024 * 1024;

    /// <summary>Endings that a named file may have, such as <c>.cs</c>; empty for all.</summary>
    public IReadOnlyList<string> FileTypes { get; init; } = [];

    /// <summary>Absolute directories and addresses of repositories in which tasks may work; a directory allows what lies under it. Empty for all.</summary>
    public IReadOnlyList<string> Repositories { get; init; } = [];
}

/// <summary>Who is told of a task that needs a person.</summary>
public sealed record NoticeSettings
{
    /// <summary>A program with its arguments, which gets the notice as JSON on its standard input; empty for none.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Where the notice is POSTed as JSON; null for nowhere.</summary>
    public Uri? Url { get; init; }

    /// <summary>Sent with each POST.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>How long one telling may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    public bool IsNobodyTold => Command.Count == 0 && Url is null;
}
