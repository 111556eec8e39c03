using System.Text;

namespace McpWorkers.Engine.Workspaces.Changes;

/// <summary>
/// A path as git has it: bytes, which need not be UTF-8. Held one character for each byte, so that it can be compared and given back
/// unchanged.
/// </summary>
internal readonly record struct GitPath(string Raw)
{
    /// <summary>For people, and for file systems as far as the bytes are UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes);

    public byte[] Bytes => Encoding.Latin1.GetBytes(Raw);

    /// <summary>What a NUL ends each of.</summary>
    public static IEnumerable<string> Split(ReadOnlyMemory<byte> output) =>
        Encoding.Latin1.GetString(output.Span).Split('\0', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The other way round: what stands between is UTF-8 and may hold paths.</summary>
    public static GitPath Of(string text) => new(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text)));

    /// <summary>Input for the commands that read names or lines that a NUL ends each of.</summary>
    public static ReadOnlyMemory<byte> Join(IEnumerable<string> raw) => Encoding.Latin1.GetBytes(string.Concat(raw.Select(each => each + "\0")));

    public override string ToString() => Text;
}
