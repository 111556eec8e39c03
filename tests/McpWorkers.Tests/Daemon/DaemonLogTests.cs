using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using McpWorkers.Cli.Daemon;
using McpWorkers.Daemon;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Daemon;

[UnsupportedOSPlatform("windows")]
public sealed class DaemonLogTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("log-");

    private string LogPath => Path.Combine(_root.FullName, "daemon.log");

    [Fact]
    public void Lines_are_JSON_with_time_level_and_whose_and_the_file_is_the_users_alone()
    {
        using var echo = new StringWriter();
        using (var log = new DaemonLog(LogPath, echo, TimeProvider.System))
        {
            log.Add(HostLogLevel.Info, "settled", "one\n\u001b[2Jtwo", "term_1", "run_1");
            log.Add(HostLogLevel.Debug, "http", "not written");
            log.Level = HostLogLevel.Debug;
            log.Add(HostLogLevel.Debug, "http", "written");
            log.WriteLine("mcpworkers: tools/call failed");
        }

        var lines = File.ReadAllLines(LogPath).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(["settled", "http", "warning"], lines.Select(line => (string?)line["event"]));
        Assert.Equal(["info", "debug", "warn"], lines.Select(line => (string?)line["level"]));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", (string?)lines[0]["time"]);
        Assert.Equal(("one\n\u001b[2Jtwo", "term_1", "run_1"), ((string?)lines[0]["message"], (string?)lines[0]["worker_id"], (string?)lines[0]["run_id"]));
        Assert.Equal("tools/call failed", (string?)lines[2]["message"]);
        Assert.Equal((UnixFileMode)384, File.GetUnixFileMode(LogPath));
        Assert.EndsWith("tools/call failed" + Environment.NewLine, echo.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(@" info  settled: one \e[2Jtwo [term_1 run_1]", LogLine.Text(File.ReadAllLines(LogPath)[0]), StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_are_masked_whoever_says_them()
    {
        using (var log = new DaemonLog(LogPath, null, TimeProvider.System) { Mask = text => SecretText.Mask(text.Replace("hunter2-hunter2", "***", StringComparison.Ordinal)) })
        {
            log.WriteLine("Authorization: Bearer abcdefghijklmnop");
            log.Add(HostLogLevel.Info, "x", "hunter2-hunter2 and https://h/?token=abcdefghijklmnop&x=1");
        }

        string all = File.ReadAllText(LogPath);
        Assert.DoesNotContain("abcdefghijklmnop", all, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", all, StringComparison.Ordinal);
        Assert.Contains("?token=***&x=1", all, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("thread 'main' panicked", null)]
    [InlineData("{\"event\":", null)]
    [InlineData("""{"time":"t","level":"info","event":"ended","message":"m"}""", "ended")]
    public void A_last_word_of_the_process_itself_is_shown_as_it_is_and_as_JSON(string line, string? name)
    {
        Assert.Equal(name ?? "stderr", (string?)JsonNode.Parse(LogLine.Json(line))!["event"]);
        Assert.Contains(name is null ? line : "t info  ended: m", LogLine.Text(line), StringComparison.Ordinal);
    }

    [Fact]
    public void Full_logs_become_older_ones_and_there_are_five_at_most()
    {
        using (var log = new DaemonLog(LogPath, null, TimeProvider.System, bytesMax: 1000))
        {
            for (int i = 0; i < 200; i++)
            {
                log.WriteLine($"line {i}");
            }
        }

        Assert.All(_root.GetFiles(), file => Assert.InRange(file.Length, 1, 1000));
        Assert.Equal(1 + DaemonLog.OlderMax, _root.GetFiles().Length);
        var last = new LogTail(LogPath, TimeProvider.System).Last(30).Select(MessageOf).ToList();
        Assert.Equal([.. Enumerable.Range(170, 30).Select(i => $"line {i}")], last);
    }

    [Fact]
    public void Log_that_cannot_be_written_stops_nobody_and_comes_back()
    {
        using var log = new DaemonLog(Path.Combine(_root.FullName, "sub", "daemon.log"), null, TimeProvider.System);
        log.WriteLine("lost");
        _root.CreateSubdirectory("sub");
        log.WriteLine("kept");

        Assert.Equal("kept", MessageOf(Assert.Single(File.ReadAllLines(Path.Combine(_root.FullName, "sub", "daemon.log")))));
    }

    [Fact(Timeout = 30_000)]
    public async Task Tail_shows_the_last_lines_and_follows_over_a_rotation()
    {
        using var log = new DaemonLog(LogPath, null, TimeProvider.System, bytesMax: 400);
        for (int i = 0; i < 5; i++)
        {
            log.WriteLine($"line {i}");
        }

        var tail = new LogTail(LogPath, TimeProvider.System);
        Assert.Equal(["line 3", "line 4"], tail.Last(2).Select(MessageOf));
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        List<string> followed = [];
        for (int i = 5; i < 12; i++)
        {
            log.WriteLine($"line {i}");
        }

        await foreach (string line in tail.FollowAsync(enough.Token))
        {
            followed.Add(MessageOf(line));
            if (MessageOf(line) == "line 11")
            {
                break;
            }
        }

        Assert.Equal("line 11", followed[^1]);
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

    private static string MessageOf(string line) => (string)JsonNode.Parse(line)!["message"]!;

    public void Dispose() => _root.Delete(recursive: true);
}
