using System.Runtime.CompilerServices;
using System.Text;
using McpWorkers.Daemon;

namespace McpWorkers.Cli.Daemon;

/// <summary>Reads the end of a log file and goes on with what is added, also when the file is moved away and begun anew.</summary>
internal sealed class LogTail(string path, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private long _position;

    /// <summary>The last lines, with those of the files before where this one has too few. Nothing where there is no log.</summary>
    public IReadOnlyList<string> Last(int count)
    {
        string[] current = ReadFrom(path, 0, out _position);
        List<string> lines = [.. current];
        for (int age = 1; age <= DaemonLog.OlderMax && lines.Count < count && File.Exists(DaemonLog.OlderPath(path, age)); age++)
        {
            lines.InsertRange(0, File.ReadAllLines(DaemonLog.OlderPath(path, age)));
        }

        return [.. lines.TakeLast(count)];
    }

    /// <summary>What is added from now on, until cancelled.</summary>
    public async IAsyncEnumerable<string> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            if (new FileInfo(path) is { Exists: true } file)
            {
                string[] before = [];
                if (file.Length < _position)
                {
                    // It was begun anew, and the rest of what it was is in the file before.
                    before = ReadFrom(DaemonLog.OlderPath(path), _position, out _);
                    _position = 0;
                }

                foreach (string line in before.Concat(ReadFrom(path, _position, out _position)))
                {
                    yield return line;
                }
            }

            await Task.Delay(Look, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Whole lines only: a last one that is still being written is read the next time.</summary>
    private static string[] ReadFrom(string path, long start, out long end)
    {
        end = start;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = Math.Min(start, file.Length);
            byte[] bytes = new byte[file.Length - file.Position];
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
