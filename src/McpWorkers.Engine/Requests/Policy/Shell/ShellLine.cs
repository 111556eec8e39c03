namespace McpWorkers.Engine.Requests.Policy.Shell;

/// <summary>How much of a word is known before the shell runs it.</summary>
internal enum Known
{
    /// <summary>All of it.</summary>
    Whole,

    /// <summary>It is a pattern of file names: it becomes one or more of them.</summary>
    Pattern,

    /// <summary>It becomes any number of any words.</summary>
    Nothing,
}

/// <summary>One word of a command, quotes and escapes taken away.</summary>
/// <param name="Text">The whole of it; of one that is not wholly known, what stands before the first part that is not.</param>
/// <param name="Plain">Nothing of it was quoted or escaped.</param>
internal sealed record ShellWord(string Text, Known Known = Known.Whole, bool Plain = true)
{
    public bool IsWhole => Known == Known.Whole;
}

/// <summary>A file that a command is connected with by the shell.</summary>
/// <param name="Writes">The file is made, or written to.</param>
internal sealed record ShellFile(ShellWord Target, bool Writes);

/// <summary>A command without anything of the shell around it.</summary>
internal sealed record ShellCommand
{
    /// <summary>With the assignments before it.</summary>
    public required IReadOnlyList<ShellWord> Words { get; init; }

    public IReadOnlyList<ShellFile> Files { get; init; } = [];

    /// <summary>Texts that the line itself gives it as standard input.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>It runs what its arguments say: a pattern that ends in '*' would say yes to anything.</summary>
    public bool RunsArguments { get; init; }
}

/// <summary>What a text means to a shell, as far as that can be told without running it.</summary>
/// <param name="within">The line of which it is a part: both share what may be read in all.</param>
internal sealed class ShellLine(ShellLine? within = null)
{
    /// <summary>A line of more commands than this is no longer taken apart.</summary>
    private const int CommandsMax = 2000;

    /// <summary>Texts within texts are read again and again; in all so many characters.</summary>
    private const int CharactersMax = 2 * 1024 * 1024;

    private readonly Allowance _allowance = within?._allowance ?? new();

    /// <summary>Each that would be run.</summary>
    public List<ShellCommand> Commands { get; } = [];

    /// <summary>Words that may be a command of their own, such as those behind <c>sudo</c>.</summary>
    public List<IReadOnlyList<ShellWord>> Hidden { get; } = [];

    /// <summary>Why more may happen than the above says; null: nothing more can.</summary>
    public string? Doubt { get; private set; }

    public bool IsFull => Commands.Count + Hidden.Count >= CommandsMax || _allowance.Characters <= 0;

    /// <summary>Before a text is read.</summary>
    public void Take(string text) => _allowance.Characters -= text.Length + 1;

    /// <summary>The first one stays.</summary>
    public void Doubts(string why) => Doubt ??= why;

    private sealed class Allowance
    {
        public int Characters { get; set; } = CharactersMax;
    }
}
