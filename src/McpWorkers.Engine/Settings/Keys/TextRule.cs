using System.Text.RegularExpressions;

namespace McpWorkers.Engine.Settings.Keys;

/// <summary>Which texts are allowed.</summary>
/// <param name="Allowed">In words.</param>
/// <param name="OneOf">The only texts allowed; empty where the pattern decides.</param>
/// <param name="Pattern">A regular expression, anchored, in the common subset of .NET and JSON Schema.</param>
internal sealed partial record TextRule(string Allowed, IReadOnlyList<string> OneOf, Regex Pattern)
{
    public static TextRule Any { get; } = new("a text", [], AnyText());

    public static TextRule NotEmpty { get; } = new("a text that is not empty", [], SomeText());

    /// <summary>The name of a worker type, role or agent.</summary>
    public static TextRule EntryName { get; } = new(
        "1 to 64 letters, digits, '-' and '_', a letter or digit first", [], Entry());

    public static TextRule VariableName { get; } = new(
        "a variable's name: letters, digits and '_', no digit first", [], Variable());

    /// <summary>A variable that holds a port number: by its name nothing else can be overridden by it.</summary>
    public static TextRule PortVariable { get; } = new(
        "a variable's name in capitals that ends in PORT, such as WEB_PORT", [], PortName());

    public static TextRule VariablePattern { get; } = new(
        "a variable's name, or the beginning of names with a '*' after it", [], VariableOrPrefix());

    /// <summary>A directory that does not depend on where the host was started.</summary>
    public static TextRule Directory { get; } = new(
        "an absolute path, or one that begins with ~/", [], AbsoluteOrHome());

    public static TextRule AbsolutePath { get; } = new("an absolute path", [], Absolute());

    /// <summary>Where a container engine listens.</summary>
    public static TextRule EngineAddress { get; } = new(
        "unix:///PATH, tcp://HOST:PORT, or an absolute path of a socket", [], Engine());

    public static TextRule Image { get; } = new("the name of an image, such as node:22", [], ImageReference());

    /// <summary>The host's own network is not among them: it is no network of a container.</summary>
    public static TextRule Network { get; } = new("none, default, or the name of a network (not host)", [], NetworkName());

    public static TextRule ContainerUser { get; } = new("UID, UID:GID, or a name", [], UserOrIds());

    public static TextRule Capability { get; } = new("ALL, or a capability without CAP_, such as NET_RAW", [], CapabilityName());

    public static TextRule Mount { get; } = new("SOURCE[:TARGET][:ro|rw], both absolute or beginning with ~/", [], SourceAndTarget());

    public static TextRule WebAddress { get; } = new("an address that begins with http:// or https://", [], Web());

    public static TextRule HeaderName { get; } = new("a header's name, such as Authorization", [], Header());

    /// <summary>Models, as their names are written.</summary>
    public static TextRule ModelPattern { get; } = new("a model's name, such as claude-sonnet-*, without spaces", [], NameOrPattern());

    /// <summary>Which files of a directory.</summary>
    public static TextRule FileType { get; } = new("an ending with its dot, such as .cs, or a file's whole name", [], EndingOrName());

    /// <summary>Where a repository is, here or elsewhere.</summary>
    public static TextRule Repository { get; } = new("an absolute path, one that begins with ~/, or the address of a repository", [], PathOrAddress());

    public static TextRule Choice(params string[] names) => new(
        names.Length == 1 ? $"'{names[0]}'" : string.Join(", ", names[..^1]) + " or " + names[^1], names, AnyText());

    public bool Allows(string text) => OneOf.Count > 0 ? OneOf.Contains(text) : MatchesWhole(text);

    // '$' also matches before a line feed at the end, which no name may have.
    private bool MatchesWhole(string text) => Pattern.Match(text) is { Success: true } match && match.Length == text.Length;

    [GeneratedRegex(@"^[^\u0000]*$")]
    private static partial Regex AnyText();

    [GeneratedRegex(@"^[^\u0000]+$")]
    private static partial Regex SomeText();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
    private static partial Regex Entry();

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex Variable();

    [GeneratedRegex("^([A-Z][A-Z0-9_]*_)?PORT$")]
    private static partial Regex PortName();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\*?$")]
    private static partial Regex VariableOrPrefix();

    [GeneratedRegex(@"^(/|~/|[A-Za-z]:[\\/]|\\\\)[^\u0000]*$")]
    private static partial Regex AbsoluteOrHome();

    [GeneratedRegex(@"^/[^\u0000]*$")]
    private static partial Regex Absolute();

    [GeneratedRegex(@"^(unix:///[^\u0000]+|tcp://[^/\u0000]+:[0-9]{1,5}/?|/[^\u0000]+)$")]
    private static partial Regex Engine();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._:/@-]*$")]
    private static partial Regex ImageReference();

    [GeneratedRegex("^(?!host$)[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    private static partial Regex NetworkName();

    [GeneratedRegex("^([0-9]{1,10}|[a-z_][a-z0-9_-]{0,31})(:([0-9]{1,10}|[a-z_][a-z0-9_-]{0,31}))?$")]
    private static partial Regex UserOrIds();

    [GeneratedRegex("^(?!CAP_)[A-Z][A-Z0-9_]*$")]
    private static partial Regex CapabilityName();

    [GeneratedRegex(@"^https?://[A-Za-z0-9\[][^\s\u0000]*$")]
    private static partial Regex Web();

    [GeneratedRegex("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")]
    private static partial Regex Header();

    [GeneratedRegex(@"^[^\s\u0000]{1,200}$")]
    private static partial Regex NameOrPattern();

    [GeneratedRegex("^[A-Za-z0-9._+-]{1,100}$")]
    private static partial Regex EndingOrName();

    [GeneratedRegex(@"^(/|~/|[A-Za-z]:[\\/]|\\\\|[a-z][a-z0-9+.-]*://|[^@/:\s]+@[^:/\s]+:)[^\u0000]*$")]
    private static partial Regex PathOrAddress();

    [GeneratedRegex(@"^(/|~/)[^:\u0000]*(:(/|~/)[^:\u0000]*)?(:(ro|rw))?$")]
    private static partial Regex SourceAndTarget();
}
