using System.Text;

namespace McpWorkers.Engine.Workspaces.Files;

/// <summary>
/// Names as the file system keeps them: bytes, which need not be UTF-8. They are carried in strings with one character for each byte
/// (Latin-1), so that they can be joined, compared and looked up, and come out as the same bytes.
/// </summary>
internal static class RawName
{
    public static string Of(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    public static byte[] Bytes(string raw) => Encoding.Latin1.GetBytes(raw);

    /// <summary>From a text such as a path of a record.</summary>
    public static string FromText(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>For a person, and for where only text goes: what is not UTF-8 is lost.</summary>
    public static string ToText(string raw) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(raw));

    public static string Join(string directory, string name) => directory.Length == 0 ? name : directory + "/" + name;

    /// <summary>Whether a path is this one or below it; both relative, with '/'.</summary>
    public static bool IsWithin(string path, string directory) =>
        path.StartsWith(directory, StringComparison.Ordinal) && (path.Length == directory.Length || path[directory.Length] == '/');

    /// <summary>The parts of an output that a NUL ends each of.</summary>
    public static IEnumerable<string> Fields(ReadOnlyMemory<byte> output)
    {
        for (int from = 0; from < output.Length;)
        {
            int length = output.Span[from..].IndexOf((byte)0);
            length = length < 0 ? output.Length - from : length;
            yield return Of(output.Span.Slice(from, length));
            from += length + 1;
        }
    }

    /// <summary>For the standard input of a command that takes names with a NUL behind each.</summary>
    public static byte[] Terminated(IEnumerable<string> names) => Bytes(string.Concat(names.Select(name => name + "\0")));
}
