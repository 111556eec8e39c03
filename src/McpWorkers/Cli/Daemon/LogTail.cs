using System.Runtime.CompilerServices;
using System.Text;

namespace McpWorkers.Cli.Daemon;

/// <summary>Reads the end of a log file and goes on with what is added, also when the file is moved away and begun anew.</summary>
internal sealed class LogTail(string path, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private long _position;

    /// <summary>The last lines, with those of the file before where this one has too few. Nothing where there is no log.</summary>
    public IReadOnlyList<string> Last(int count)
    {
        string[] current = ReadFrom(0, out _position);
        string[] older = current.Length < count && File.Exists(McpWorkers.Daemon.DaemonLog.OlderPath(path))
            ? File.ReadAllLines(McpWorkers.Daemon.DaemonLog.OlderPath(path))
            : [];
        return [.. older.Concat(current).TakeLast(count)];
    }

    /// <summary>What is added from now on, until cancelled.</summary>
    public async IAsyncEnumerable<string> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            if (new FileInfo(path) is { Exists: true } file)
            {
                // Shorter than what was read: it was begun anew.
                foreach (string line in ReadFrom(file.Length < _position ? 0 : _position, out _position))
                {
                    yield return line;
                }
            }

            await Task.Delay(Look, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Whole lines only: a last one that is still being written is read the next time.</summary>
    private string[] ReadFrom(long start, out long end)
    {
        end = start;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = start;
            byte[] bytes = new byte[Math.Max(0, file.Length - start)];
            int count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            int whole = bytes.AsSpan(0, count).LastIndexOf((byte)'\n') + 1;
            end = start + whole;
            return Encoding.UTF8.GetString(bytes, 0, whole).Split('\n')[..^1];
        }
        catch (FileNotFoundException)
        {
            return [];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }
}
