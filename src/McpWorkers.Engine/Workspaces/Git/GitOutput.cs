using System.Text;

namespace McpWorkers.Engine.Workspaces.Git;

/// <summary>What a git command wrote. File names are bytes to git: what is not UTF-8 comes back only from the bytes.</summary>
internal sealed record GitOutput(int ExitCode, ReadOnlyMemory<byte> Bytes, string Complaint)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>Without the line's end.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes.Span).TrimEnd('\n');

    public IReadOnlyList<string> Lines => Text.Length == 0 ? [] : Text.Split('\n');

    /// <summary>The parts of an output that a NUL ends each of.</summary>
    public IReadOnlyList<string> Fields => Text.Length == 0 ? [] : Text.TrimEnd('\0').Split('\0');
}
