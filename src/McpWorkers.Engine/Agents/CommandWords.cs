namespace McpWorkers.Engine.Agents;

/// <summary>One piece of the command line that an adapter gives: a flag, or (with an empty name) a bare word.</summary>
/// <param name="Name">Such as <c>--model</c>; empty for a bare word, which stands in <paramref name="Value"/>.</param>
/// <param name="Value">The flag's value; null for a flag that takes none.</param>
internal sealed record AgentFlag(string Name, string? Value = null)
{
    /// <summary>Other flags of the agent that take this one's place: short forms, and flags that contradict it.</summary>
    public IReadOnlyList<string> OverriddenBy { get; init; } = [];

    /// <summary>May stand several times: a worker type's own adds to it and replaces nothing.</summary>
    public bool IsList { get; init; }

    /// <summary>Written as one argument, <c>name=value</c>.</summary>
    public bool IsJoined { get; init; }

    public bool IsWord => Name.Length == 0;

    /// <summary>A subcommand or another bare word: never overridden.</summary>
    public static AgentFlag Word(string word) => new("", word);

    public IEnumerable<string> ToArguments() =>
        IsWord ? [Value ?? ""] : Value is null ? [Name] : IsJoined ? [$"{Name}={Value}"] : [Name, Value];

    public bool IsNamed(string flag) => !IsWord && (Name == flag || OverriddenBy.Contains(flag));
}

/// <summary>Puts together an agent's arguments: those of its adapter, changed by the words of a worker type's command.</summary>
internal static class CommandWords
{
    /// <summary>
    /// A flag of the type takes the place of the adapter's flag of that name, value and all; of a list both stay. Other flags of the
    /// type stand behind the adapter's leading words (subcommands), so that one with many values is ended by the flags that follow.
    /// Words behind a bare <c>--</c> come last.
    /// </summary>
    /// <param name="own">The adapter's, in order.</param>
    /// <param name="command">The type's whole command: its first word is the executable and is left out here. May be empty.</param>
    public static IReadOnlyList<string> Merge(IReadOnlyList<AgentFlag> own, IReadOnlyList<string> command)
    {
        var leading = own.TakeWhile(flag => flag.IsWord).ToList();
        var (words, given, last) = Split([.. command.Skip(1)]);

        // A command may repeat the adapter's subcommand ("codex exec --json"): it is meant once.
        var extraWords = words.Where(word => leading.TrueForAll(flag => flag.Value != word));
        var overriding = given.ToLookup(entry => own.FirstOrDefault(flag => !flag.IsList && flag.IsNamed(entry[0].Name)));

        List<string> arguments = [.. leading.SelectMany(flag => flag.ToArguments()), .. extraWords];
        arguments.AddRange(given.Where(entry => !own.Any(flag => !flag.IsList && flag.IsNamed(entry[0].Name))).SelectMany(Write));
        foreach (var flag in own.Skip(leading.Count))
        {
            arguments.AddRange(overriding.Contains(flag) ? overriding[flag].SelectMany(Write) : flag.ToArguments());
        }

        arguments.AddRange(last);
        return arguments;
    }

    /// <summary>The type's value of a flag, or null: for adapters whose environment or other flags depend on it.</summary>
    public static string? ValueOf(IReadOnlyList<string> command, params ReadOnlySpan<string> names)
    {
        string? value = null;
        foreach (var entry in Split([.. command.Skip(1)]).Flags)
        {
            if (names.Contains(entry[0].Name))
            {
                value = entry[0].Value ?? (entry.Count > 1 ? entry[1].Value : null);
            }
        }

        return value;
    }

    /// <summary>Whether the type's command has one of these flags.</summary>
    public static bool Has(IReadOnlyList<string> command, params ReadOnlySpan<string> names)
    {
        foreach (var entry in Split([.. command.Skip(1)]).Flags)
        {
            if (names.Contains(entry[0].Name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Each flag is itself, then the bare words behind it (its values).</summary>
    private static (List<string> Words, List<List<AgentFlag>> Flags, List<string> Last) Split(List<string> words)
    {
        int end = words.IndexOf("--");
        var last = end < 0 ? [] : words[end..];
        List<string> before = [];
        List<List<AgentFlag>> flags = [];
        foreach (string word in end < 0 ? words : words[..end])
        {
            if (IsFlag(word))
            {
                flags.Add([ReadFlag(word)]);
            }
            else if (flags.Count > 0)
            {
                flags[^1].Add(AgentFlag.Word(word));
            }
            else
            {
                before.Add(word);
            }
        }

        return (before, flags, last);
    }

    /// <summary>A lone dash stands for standard input, and a dash before a digit for a negative number.</summary>
    private static bool IsFlag(string word) => word.Length > 1 && word[0] == '-' && !char.IsAsciiDigit(word[1]);

    private static AgentFlag ReadFlag(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        return word.StartsWith("--", StringComparison.Ordinal) && equals > 0
            ? new(word[..equals], word[(equals + 1)..]) { IsJoined = true }
            : new(word);
    }

    private static IEnumerable<string> Write(List<AgentFlag> entry) => entry.SelectMany(flag => flag.ToArguments());
}
