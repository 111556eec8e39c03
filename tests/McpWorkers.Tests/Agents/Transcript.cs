using System.IO.Compression;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;

namespace McpWorkers.Tests.Agents;

/// <summary>One recorded run of a real agent, with what it must come to (written from the rules of each CLI, by another reader).</summary>
internal sealed record Transcript(string Folder, string Name, JsonObject Expected)
{
    public static string Root { get; } = FindRoot();

    public string Agent => Folder[..Folder.IndexOf('-', StringComparison.Ordinal)];

    /// <summary>Not the stream that our adapter asks for: two-way sessions, plain text, one JSON document.</summary>
    public bool IsOtherFormat => Expected["format"] is not null;

    public string Verdict => Expected["verdict"]!.GetValue<string>();

    public int? ExitCode => Expected["exit"]?.GetValue<int>();

    public static IEnumerable<string> Folders() =>
        Directory.EnumerateDirectories(Root).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal);

    public static IEnumerable<Transcript> In(string folder) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(Root, folder, "expected.json")))!.AsObject()
            .Select(entry => new Transcript(folder, entry.Key, entry.Value!.AsObject()));

    public byte[] ReadOutput()
    {
        string path = Path.Combine(Root, Folder, Name + ".ndjson");
        if (File.Exists(path))
        {
            return File.ReadAllBytes(path);
        }

        using var packed = new GZipStream(File.OpenRead(path + ".gz"), CompressionMode.Decompress);
        using var whole = new MemoryStream();
        packed.CopyTo(whole);
        return whole.ToArray();
    }

    public AgentEnding Ending()
    {
        string path = Path.Combine(Root, Folder, Name + ".stderr");
        return new() { ExitCode = ExitCode, StderrTail = File.Exists(path) ? File.ReadAllText(path) : "" };
    }

    public SessionTotals Before() =>
        Expected["before"] is JsonObject before
            ? new(ReadUsage(before["usage"]!.AsObject()), before["cost"]!.GetValue<decimal>())
            : SessionTotals.Zero;

    public AgentSummary Run(AgentReader reader)
    {
        foreach (var (line, unterminated) in Lines(ReadOutput()))
        {
            reader.Read(line.Span, unterminated: unterminated);
        }

        return reader.Conclude(Ending());
    }

    public static IEnumerable<(ReadOnlyMemory<byte> Line, bool Unterminated)> Lines(ReadOnlyMemory<byte> output)
    {
        while (!output.IsEmpty)
        {
            int end = output.Span.IndexOf((byte)'\n');
            yield return (end < 0 ? output : output[..end], end < 0);
            output = end < 0 ? default : output[(end + 1)..];
        }
    }

    public static Usage ReadUsage(JsonObject usage) => new(
        usage["input"]!.GetValue<long>(),
        usage["cached"]!.GetValue<long>(),
        usage["cache_write"]!.GetValue<long>(),
        usage["output"]!.GetValue<long>(),
        usage["reasoning"]?.GetValue<long>() ?? 0);

    private static string FindRoot()
    {
        const string Inside = "tests/McpWorkers.Tests/Agents/Transcripts";
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !Directory.Exists(Path.Combine(folder.FullName, Inside)))
        {
            folder = folder.Parent;
        }

        return folder is null
            ? throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds {Inside}.")
            : Path.Combine(folder.FullName, Inside);
    }
}
