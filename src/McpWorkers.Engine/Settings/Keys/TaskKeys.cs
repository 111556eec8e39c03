using static McpWorkers.Engine.Settings.Keys.SettingShape;

namespace McpWorkers.Engine.Settings.Keys;

/// <summary>What concerns tasks: the keys <c>tasks</c> and <c>notify</c> of the host.</summary>
internal static class TaskKeys
{
    public static KeyTable Host => new(
        new("default_role", new Text(TextRule.EntryName), "The role of a task that names none.", "code"),
        new("reserved_for_tasks", new Whole(0, 99),
            "Of max_concurrent_workers, how many are kept for tasks while direct prompts wait too, so that the queue goes on; one is left to direct prompts in any case.", "1"),
        new("open_max", new Whole(1, 10_000_000), "How many tasks may wait, be parked or run at once; more are refused.", "100000"),
        new("retry_first_seconds", new Whole(0, 3600), "Before the second attempt; doubled before each further one. What is waited is somewhere between half of that and all of it, so that tasks which failed together do not come back together.", "10"),
        new("retry_longest_seconds", new Whole(1, 86_400), "Never longer than this.", "600"),
        new("retries_per_minute", new Whole(1, 10_000), "How many tasks of one queue that failed, but for a check, are tried again in a minute; further ones wait for a later minute, so that failing tasks leave room for others.", "60"),
        new("deaths_max", new Whole(1, 20), "After so many deaths of its worker a task is put away as `dead`, however many attempts its role gives.", "3"),
        new("prompt_bytes_max", new Whole(1, 1_073_741_824), "The longest prompt of a task, in bytes of UTF-8; the general prompt_bytes_max holds too.", "1048576"),
        new("files_max", new Whole(0, 10_000), "How many files one task may name.", "100"),
        new("file_bytes_max", new Size(1, 1_099_511_627_776), "The longest file that a task may name.", "10M"),
        new("file_types", new TextList(TextRule.FileType), "The endings, or whole names, of files that a task may name; capitals count as small letters. Empty: all.", "[]"),
        new("repositories", new TextList(TextRule.Repository),
            "Where tasks may work: directories, with all below them, and addresses of what may be cloned. Empty: anywhere.", "[]"));

    public static KeyTable Notify => new(
        new("command", new Words(),
            "A program that gets each notice as JSON on its standard input, such as `/usr/local/bin/tell-me --loud`. A text is split into words as a shell does; nothing is expanded."),
        new("url", new Text(TextRule.WebAddress), "Where each notice is POSTed as JSON."),
        new("headers", new TextMap(TextRule.HeaderName), "Headers of the POST. Values of names that look like a key or token are masked where settings are shown.", "{}"),
        new("timeout_seconds", new Whole(1, 300), "How long one telling may take; then it has failed.", "30"));
}
