using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace McpWorkers.Simulation;

/// <summary>The small real work of the simulated agent: it lists its working directory, reads a file of it, and says what it found.</summary>
internal static class FolderWork
{
    private const int EntriesMax = 1000;
    private const int NamesShown = 12;
    private const long FileBytesMax = 64 * 1024;

    public static async Task DoAsync(SimulatedRun run)
    {
        string folder = run.Around.Directory;
        await run.SayAsync("Simulated agent: no model is asked. I list the working directory and read its first small text file.");
        string list = await run.CallToolAsync("LS", json => json.WriteString("path", folder));
        var entries = new DirectoryInfo(folder).EnumerateFileSystemInfos().Take(EntriesMax)
            .OrderBy(static e => e.Name, StringComparer.Ordinal).ToList();
        await run.AnswerToolAsync(list, entries.Count == 0 ? "(empty)" : string.Join('\n', entries.Select(Describe)));

        var files = entries.OfType<FileInfo>().ToList();
        var (read, text) = await ReadFirstTextAsync(run, files);
        string summary = Summarize(folder, entries, files, read, text);
        run.AddAnswer(summary);
    }

    private static string Describe(FileSystemInfo entry) => entry is FileInfo file
        ? string.Create(CultureInfo.InvariantCulture, $"{file.Name} ({file.Length} bytes)")
        : entry.Name + "/";

    private static async Task<(string? Name, string Text)> ReadFirstTextAsync(SimulatedRun run, List<FileInfo> files)
    {
        foreach (var file in files.Where(static f => f.Length is > 0 and <= FileBytesMax))
        {
            byte[] bytes;
            try
            {
                bytes = await File.ReadAllBytesAsync(file.FullName, run.Interrupted);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Gone or forbidden: the agent says so, as a real one does, and takes the next file.
                string failed = await run.CallToolAsync("Read", json => json.WriteString("file_path", file.FullName));
                await run.AnswerToolAsync(failed, e.Message, isError: true);
                continue;
            }

            if (Utf8.IsValid(bytes) && !bytes.Contains((byte)0))
            {
                string text = Encoding.UTF8.GetString(bytes);
                string call = await run.CallToolAsync("Read", json => json.WriteString("file_path", file.FullName));
                await run.AnswerToolAsync(call, text);
                return (file.Name, text);
            }
        }

        return (null, "");
    }

    private static string Summarize(string folder, List<FileSystemInfo> entries, List<FileInfo> files, string? read, string text)
    {
        var summary = new StringBuilder();
        summary.Append(
            CultureInfo.InvariantCulture,
            $"Simulated agent: {folder} holds {files.Count} files ({files.Sum(static f => f.Length)} bytes) and {entries.Count - files.Count} folders");
        summary.Append(entries.Count == EntriesMax ? ", of which this is the first part." : ".");
        if (entries.Count > 0)
        {
            summary.Append("\nNames: ").AppendJoin(", ", entries.Take(NamesShown).Select(static e => e is FileInfo ? e.Name : e.Name + "/"));
            summary.Append(entries.Count > NamesShown ? ", …" : "");
        }

        if (read is not null)
        {
            string first = text.AsSpan().TrimStart('\uFEFF').EnumerateLines() is var lines && lines.MoveNext() ? lines.Current.Trim().ToString() : "";
            summary.Append(CultureInfo.InvariantCulture, $"\nFirst line of {read}: {first[..Math.Min(first.Length, 200)]}");
        }

        return summary.ToString();
    }
}
