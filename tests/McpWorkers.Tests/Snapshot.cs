using Xunit;

namespace McpWorkers.Tests;

/// <summary>
/// Texts that others depend on, kept under <c>Snapshots/</c>: a difference fails and shows where. With <c>UPDATE_SNAPSHOTS=1</c> the
/// file is written instead, and the change is there to be reviewed.
/// </summary>
internal static class Snapshot
{
    public static void Check(string name, string actual)
    {
        string file = Path.Combine(RepositoryFiles.Root, "tests", "McpWorkers.Tests", "Snapshots", name);
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
        {
            File.WriteAllText(file, actual);
        }

        string[] expected = File.Exists(file) ? File.ReadAllLines(file) : [];
        string[] lines = actual.TrimEnd('\n').Split('\n');
        var differences = Enumerable.Range(0, Math.Max(expected.Length, lines.Length))
            .Where(i => expected.ElementAtOrDefault(i) != lines.ElementAtOrDefault(i))
            .Take(20)
            .Select(i => $"{i + 1}: - {expected.ElementAtOrDefault(i)}\n{i + 1}: + {lines.ElementAtOrDefault(i)}")
            .ToList();
        Assert.True(
            differences.Count == 0,
            $"Snapshots/{name} differs. If that is meant, run the test with UPDATE_SNAPSHOTS=1 and commit the file.\n{string.Join('\n', differences)}");
    }
}
