using System.Runtime.Versioning;
using McpWorkers.Cli.Daemon;
using McpWorkers.Daemon;
using Xunit;

namespace McpWorkers.Tests.Daemon;

[UnsupportedOSPlatform("windows")]
public sealed class DaemonLogTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("log-");

    private string LogPath => Path.Combine(_root.FullName, "daemon.log");

    [Fact]
    public void Lines_carry_the_time_and_the_file_is_the_users_alone()
    {
        using var echo = new StringWriter();
        using (var log = new DaemonLog(LogPath, echo, TimeProvider.System))
        {
            log.WriteLine("one\ntwo");
        }

        var lines = File.ReadAllLines(LogPath);
        Assert.Equal(2, lines.Length);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z one$", lines[0]);
        Assert.EndsWith("Z two", lines[1], StringComparison.Ordinal);
        Assert.Equal((UnixFileMode)384, File.GetUnixFileMode(LogPath));
        Assert.Equal(["one", "two"], echo.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Full_log_becomes_the_older_one_and_that_is_all_there_is()
    {
        using (var log = new DaemonLog(LogPath, null, TimeProvider.System, bytesMax: 1000))
        {
            for (int i = 0; i < 200; i++)
            {
                log.WriteLine($"line {i}");
            }
        }

        Assert.InRange(new FileInfo(LogPath).Length, 1, 1000);
        Assert.InRange(new FileInfo(DaemonLog.OlderPath(LogPath)).Length, 1, 1000);
        Assert.Equal(2, _root.GetFiles().Length);
        Assert.EndsWith("line 199", File.ReadAllLines(LogPath)[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Log_that_cannot_be_written_stops_nobody_and_comes_back()
    {
        using var log = new DaemonLog(Path.Combine(_root.FullName, "sub", "daemon.log"), null, TimeProvider.System);
        log.WriteLine("lost");
        _root.CreateSubdirectory("sub");
        log.WriteLine("kept");

        Assert.EndsWith(" kept", Assert.Single(File.ReadAllLines(Path.Combine(_root.FullName, "sub", "daemon.log"))), StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task Tail_shows_the_last_lines_and_follows_over_a_rotation()
    {
        using var log = new DaemonLog(LogPath, null, TimeProvider.System, bytesMax: 300);
        for (int i = 0; i < 5; i++)
        {
            log.WriteLine($"line {i}");
        }

        var tail = new LogTail(LogPath, TimeProvider.System);
        Assert.Equal(["line 3", "line 4"], tail.Last(2).Select(line => line[25..]));
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        List<string> followed = [];
        for (int i = 5; i < 12; i++)
        {
            log.WriteLine($"line {i}");
        }

        await foreach (string line in tail.FollowAsync(enough.Token))
        {
            followed.Add(line);
            if (line.EndsWith("line 11", StringComparison.Ordinal))
            {
                break;
            }
        }

        Assert.EndsWith("line 11", followed[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Tail_of_no_log_is_empty() => Assert.Empty(new LogTail(LogPath, TimeProvider.System).Last(10));

    [Fact]
    public void Tail_reaches_into_the_older_log()
    {
        File.WriteAllText(DaemonLog.OlderPath(LogPath), "a\nb\n");
        File.WriteAllText(LogPath, "c\nhalf");

        Assert.Equal(["b", "c"], new LogTail(LogPath, TimeProvider.System).Last(2));
    }

    public void Dispose() => _root.Delete(recursive: true);
}
