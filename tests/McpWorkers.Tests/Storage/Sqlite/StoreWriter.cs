using System.Diagnostics;
using Xunit;

namespace McpWorkers.Tests.Storage.Sqlite;

/// <summary>Another process that writes to a store, and what it was told to be durable.</summary>
internal sealed class StoreWriter : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private StoreWriter(Process process) => _process = process;

    /// <summary>Each line that came, in order: see the program's own documentation.</summary>
    public List<string> Lines { get; } = [];

    private static string Executable =>
        Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "McpWorkers.Benchmarks.exe" : "McpWorkers.Benchmarks");

    /// <param name="before">A program with its arguments that starts ours, such as strace.</param>
    public static StoreWriter Start(string database, string prefix, int writers, int runs, params string[] before)
    {
        string[] command = [.. before, Executable, "store-writer", database, prefix, $"{writers}", $"{runs}"];
        return new(Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true })!);
    }

    public async Task ReadAsync(int lines)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(Limit);
        while (lines-- > 0 && await _process.StandardOutput.ReadLineAsync(bound.Token) is { } line)
        {
            Lines.Add(line);
        }
    }

    /// <summary>SIGKILL; what it had still written is read to the end.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await EndAsync();
    }

    public async Task EndAsync()
    {
        await ReadAsync(int.MaxValue);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Limit);
    }

    /// <summary>Ids of the lines that begin with this word.</summary>
    public IEnumerable<string> Said(string word) =>
        Lines.Where(line => line.StartsWith(word + " ", StringComparison.Ordinal)).Select(line => line.Split(' ')[1]);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
