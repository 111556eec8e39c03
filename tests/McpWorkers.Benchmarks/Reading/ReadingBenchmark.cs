using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace McpWorkers.Benchmarks.Reading;

/// <summary>How fast a transcript of 200 MB is read: ours, every token of every line, and node's parser for each line.</summary>
internal static class ReadingBenchmark
{
    private const long TranscriptBytes = 200L * 1000 * 1000;
    private const int RoundCount = 5;

    private static readonly TimeSpan NodeLimit = TimeSpan.FromMinutes(2);

    public static async Task RunAsync()
    {
        string path = Path.Combine(Path.GetTempPath(), $"mcpworkers-benchmark-{Environment.ProcessId}.ndjson");
        try
        {
            await TranscriptFile.WriteAsync(path, TranscriptBytes);
            long lines = EveryToken(path);
            List<Candidate> candidates =
            [
                new(OurReading.Name, () => MeasureAsync(path, lines, OurReading.Read)),
                new("Utf8JsonReader, every token", () => MeasureAsync(path, lines, EveryToken)),
            ];
            if (Tools.Node is { } node)
            {
                candidates.Add(new("node, JSON.parse of each line", () => NodeAsync(node, path, lines)));
            }
            else
            {
                Rounds.Skip("node, JSON.parse of each line", Tools.NoNode);
            }

            await Rounds.RunAsync($"Reading a transcript of {new FileInfo(path).Length / 1e6:0} MB, {lines} lines", "MB/s", RoundCount, candidates);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Task<double> MeasureAsync(string path, long lines, Func<string, long> read)
    {
        long begun = Stopwatch.GetTimestamp();
        long count = read(path);
        return Task.FromResult(Speed(path, lines, count, Stopwatch.GetElapsedTime(begun).TotalSeconds));
    }

    private static long EveryToken(string path)
    {
        long count = 0;
        Lines.Read(path, line =>
        {
            var json = new Utf8JsonReader(line);
            while (json.Read())
            {
                // Visiting is the work that is measured.
            }

            count++;
        });
        return count;
    }

    /// <summary>The script measures itself: node's start is not counted against it.</summary>
    private static async Task<double> NodeAsync(string node, string path, long lines)
    {
        using var process = Process.Start(new ProcessStartInfo(node)
        {
            ArgumentList = { Tools.Script("parse-lines.mjs"), path },
            RedirectStandardOutput = true,
        })!;
        string[] said = (await process.StandardOutput.ReadToEndAsync().WaitAsync(NodeLimit)).Split(' ');
        await process.WaitForExitAsync().WaitAsync(NodeLimit);
        return Speed(path, lines, long.Parse(said[0], CultureInfo.InvariantCulture), double.Parse(said[1], CultureInfo.InvariantCulture));
    }

    private static double Speed(string path, long lines, long read, double seconds) => read == lines
        ? new FileInfo(path).Length / 1e6 / seconds
        : throw new InvalidOperationException($"{read} of {lines} lines were read.");
}
