using System.Text.Json.Nodes;
using McpWorkers.Daemon;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Tests.Daemon;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Voice;

/// <summary>The kernel names who connected. Where that process has ended, whoever speaks could be anybody, one within a run too.</summary>
public sealed class DeadConnectorTests
{
    private const int Limit = 60_000;

    /// <summary>Prints what a daemon answers to a hello. A child connects; it is waited for, is left as a zombie, or speaks itself.</summary>
    private const string Script = """
        use Socket;
        my ($path, $hello, $how) = @ARGV;
        socket(my $socket, AF_UNIX, SOCK_STREAM, 0) or die;
        my $child = fork();
        if ($child == 0) {
          connect($socket, pack_sockaddr_un($path)) or die;
          if ($how eq 'itself') { syswrite $socket, "$hello\n"; print scalar <$socket>; }
          exit;
        }
        if ($how eq 'zombie') {
          while (1) { open(my $stat, '<', "/proc/$child/stat"); last if <$stat> =~ /\) Z /; select undef, undef, undef, 0.01; }
        } else { waitpid $child, 0; }
        if ($how ne 'itself') { syswrite $socket, "$hello\n"; print scalar <$socket>; }
        """;

    [Theory(Timeout = Limit)]
    [InlineData("waited", "cli")]
    [InlineData("zombie", "mcp")]
    [InlineData("waited", ClientHello.Run)]
    public async Task Whoever_speaks_over_the_connection_of_a_dead_process_is_refused_and_it_is_logged(string how, string kind)
    {
        Needs();
        await using var scene = await VoiceScene.StartAsync();

        var answer = await SayAsync(scene.Place, how, kind, scene.Token);

        Assert.Equal("refused", (string?)answer["mcpworkers"]);
        Assert.Contains("has ended", (string)answer["message"]!, StringComparison.Ordinal);
        Assert.Contains("\"run_refused\"", scene.Log, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task One_that_speaks_itself_comes_in()
    {
        Needs();
        await using var scene = await VoiceScene.StartAsync();

        Assert.Equal("hello", (string?)(await SayAsync(scene.Place, "itself", "cli", null))["mcpworkers"]);
    }

    [Fact(Timeout = Limit)]
    public async Task While_no_run_goes_on_it_is_no_runs_doing()
    {
        Needs();
        using var place = new DaemonPlace();
        await using var host = await place.StartAsync();

        Assert.Equal("refused", (string?)(await SayAsync(place, "waited", "cli", null))["mcpworkers"]);
        Assert.DoesNotContain("run_refused", await File.ReadAllTextAsync(place.Paths.LogPath, VoiceScene.Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_found_once_stays_true_and_an_id_that_is_used_again_is_another_process()
    {
        var first = new DaemonPeer(7, IsOurUser: true, "run_1", Start: "100");

        Assert.Equal(first, first.With(first with { ParentRun = null }));
        Assert.Equal(first, (first with { ParentRun = null }).With(first));
        Assert.True(first.With(first with { Start = "200" }).IsGone);
        Assert.True(first.With(first with { Start = null }).IsGone);
        Assert.True(first.With(first with { IsGone = true }).IsGone);
        Assert.True((first with { IsGone = true }).With(first).IsGone);
        Assert.Equal(new(null, true, null), new DaemonPeer(null, true, null).With(new(null, true, null)));
    }

    private static void Needs()
    {
        LiveProcesses.NeedsProc();
        Assert.SkipUnless(File.Exists("/usr/bin/perl"), "The client of this test is written in perl.");
    }

    private static async Task<JsonObject> SayAsync(DaemonPlace place, string how, string kind, string? token)
    {
        string hello = new JsonObject
        {
            ["mcpworkers"] = "hello",
            ["protocol"] = 1,
            ["version"] = "0.1.0",
            ["kind"] = kind,
            ["cwd"] = "/",
            ["environment"] = new JsonObject(),
            ["pid"] = 1,
            ["token"] = token,
        }.ToJsonString();
        var said = await CommandRunner.RunAsync(
            "/usr/bin/perl", ["-e", Script, DaemonInfo.Read(place.Paths)!.Socket, hello, how], TimeSpan.FromSeconds(20), VoiceScene.Cancellation);
        return JsonNode.Parse(said.Stdout.Length > 0 ? said.Stdout : throw new InvalidOperationException(said.ToString()))!.AsObject();
    }
}
