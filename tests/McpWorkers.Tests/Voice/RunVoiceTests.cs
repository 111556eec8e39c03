using System.Text.Json.Nodes;
using McpWorkers.Daemon;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using Xunit;

namespace McpWorkers.Tests.Voice;

/// <summary>What a run says through its own door: cleaned, bounded, and asked once.</summary>
public sealed class RunVoiceTests
{
    private const int Limit = 60_000;

    [Fact(Timeout = Limit)]
    public async Task Question_is_asked_answered_and_handed_back()
    {
        await using var scene = await VoiceScene.StartAsync();
        var answer = VoiceScene.AskAsync(scene.Link(), "Which\u001b[2J one\u202e?", hold: 30);
        var request = await scene.PendingAsync();
        await scene.Manager.Requests.AnswerAsync(request.RequestId, new RequestVerdict.Answer("the left one"), "cli");

        Assert.Equal(("answered", "the left one"), ((string?)(await answer)!["state"], (string?)(await answer)!["answer"]));
        Assert.Equal(("Which[2J one?", RequestKind.Question, scene.RunId, scene.WorkerId), (request.Text, request.Kind, request.RunId, request.WorkerId));
    }

    [Fact(Timeout = Limit)]
    public async Task Answer_counts_as_given_once_it_is_said_so_and_is_the_same_until_then_and_after()
    {
        await using var scene = await VoiceScene.StartAsync();
        var link = scene.Link();
        var asked = await VoiceScene.AskAsync(link);
        string id = (string)asked!["request_id"]!;
        await Assert.ThrowsAsync<RefusedException>(() => GivenAsync(link, "req_none"));
        Assert.False((bool)(await GivenAsync(link, id))!["noted"]!);
        await scene.Manager.Requests.AnswerAsync(id, new RequestVerdict.Answer("left"), "cli");

        var first = await VoiceScene.AskAsync(link);
        Assert.Null((await scene.Manager.Requests.FindAsync(id, VoiceScene.Cancellation)).Delivered);
        Assert.True((bool)(await GivenAsync(link, id))!["noted"]!);
        Assert.NotNull((await scene.Manager.Requests.FindAsync(id, VoiceScene.Cancellation)).Delivered);
        var again = await VoiceScene.AskAsync(link);

        Assert.Equal(("left", false), ((string?)first!["answer"], (bool?)first["delivered"]));
        Assert.Equal(("left", true, id), ((string?)again!["answer"], (bool?)again["delivered"], (string?)again["request_id"]));
        Assert.False((bool)(await GivenAsync(link, id))!["noted"]!);
    }

    [Fact(Timeout = Limit)]
    public async Task What_nobody_answers_in_time_stays_pending()
    {
        await using var scene = await VoiceScene.StartAsync();

        var asked = await VoiceScene.AskAsync(scene.Link(), hold: 0.2);

        Assert.Equal("pending", (string?)asked!["state"]);
        Assert.Equal((string?)asked["request_id"], scene.Manager.Requests.PendingOf(scene.RunId)!.RequestId);
    }

    [Fact(Timeout = Limit)]
    public async Task Same_question_while_it_waits_is_the_same_request()
    {
        await using var scene = await VoiceScene.StartAsync();
        var link = scene.Link();

        var first = await VoiceScene.AskAsync(link);
        var again = await VoiceScene.AskAsync(link);
        var otherKey = await VoiceScene.AskAsync(link, key: "k2");
        var other = await VoiceScene.AskAsync(link, "Another one?", key: "k3");

        Assert.Equal((string?)first!["request_id"], (string?)again!["request_id"]);
        Assert.Equal((string?)first["request_id"], (string?)otherKey!["request_id"]);
        Assert.NotEqual((string?)first["request_id"], (string?)other!["request_id"]);
    }

    [Fact(Timeout = Limit)]
    public async Task Calls_that_wait_at_once_are_each_asked_about_and_one_tried_again_is_not()
    {
        await using var scene = await VoiceScene.StartAsync();
        var first = await AskLeaveAsync("k1");
        var second = await AskLeaveAsync("k2");
        Assert.NotEqual(first.RequestId, second.RequestId);
        Assert.Equal(first.RequestId, (await AskLeaveAsync("k1")).RequestId);

        Assert.Null(await scene.Manager.Voice.HoldAsync(second, TimeSpan.Zero, VoiceScene.Cancellation));
        Assert.Equal(second.RequestId, (await AskLeaveAsync("k3")).RequestId);
        Assert.DoesNotContain((await AskLeaveAsync("k4")).RequestId, new[] { first.RequestId, second.RequestId });

        Task<WorkerRequest> AskLeaveAsync(string key) => scene.Manager.Voice.AskPermissionAsync(scene.RunId, key, "Bash", "{\"command\":\"make\"}");
    }

    [Fact(Timeout = Limit)]
    public async Task Permission_is_bound_to_what_was_asked_whatever_the_key()
    {
        await using var scene = await VoiceScene.StartAsync(change: Supervised);
        var link = scene.Link();
        var asked = await PermitAsync(link, "toolu_1", """{"command":"make"}""");
        string first = (string)asked!["request_id"]!;
        await scene.Manager.Requests.AnswerAsync(first, new RequestVerdict.Allow(), "cli");

        var same = await PermitAsync(link, "toolu_1", """{"command":"make"}""");
        var changed = await PermitAsync(link, "toolu_1", """{"command":"rm -rf /"}""");
        var repeated = await PermitAsync(link, "toolu_2", """{"command":"make"}""");

        Assert.Equal((first, "allowed"), ((string?)same!["request_id"], (string?)same["state"]));
        Assert.Equal("pending", (string?)changed!["state"]);
        Assert.Equal("pending", (string?)repeated!["state"]);
        var request = await scene.Manager.Requests.FindAsync(first, VoiceScene.Cancellation);
        Assert.Equal(("Bash", "make", scene.Work), (request.Tool, request.Text, request.WorkingDirectory));
    }

    [Fact(Timeout = Limit)]
    public async Task Flood_of_requests_is_refused()
    {
        await using var scene = await VoiceScene.StartAsync();
        var link = scene.Link();
        for (int i = 0; i < 32; i++)
        {
            await VoiceScene.AskAsync(link, $"{i}?", key: $"k{i}");
        }

        await Assert.ThrowsAsync<RefusedException>(() => VoiceScene.AskAsync(link, "One more?", key: "more"));
        Assert.Equal("pending", (string?)(await VoiceScene.AskAsync(link, "3?", key: "k3"))!["state"]);
    }

    [Theory(Timeout = Limit)]
    [InlineData("""{"question":"?","hold_seconds":0}""", "key")]
    [InlineData("""{"key":"a b","question":"?"}""", "key")]
    [InlineData("""{"key":"k","question":"  "}""", "question")]
    [InlineData("""{"key":"k","question":7}""", "question")]
    public async Task Bad_question_is_refused(string parameters, string named)
    {
        await using var scene = await VoiceScene.StartAsync();

        var refused = await Assert.ThrowsAsync<RefusedException>(
            () => scene.Link().CallAsync(RunMethods.Ask, JsonNode.Parse(parameters)!.AsObject(), TimeSpan.FromSeconds(10), VoiceScene.Cancellation));

        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
        Assert.Empty(scene.Manager.Requests.Pending);
    }

    [Fact(Timeout = Limit)]
    public async Task Progress_becomes_the_runs_activity_without_control_characters()
    {
        await using var scene = await VoiceScene.StartAsync();
        var link = scene.Link();

        using var news = scene.Manager.Events.Subscribe(only: fact => fact.Text.Contains("half", StringComparison.Ordinal));

        await link.CallAsync(RunMethods.Report, new() { ["text"] = "half\u001b[31m\nway\u202e " + new string('x', 4000), ["percent"] = 150 }, TimeSpan.FromSeconds(10), VoiceScene.Cancellation);

        string activity = (await news.Reader.ReadAsync(VoiceScene.Cancellation)).Text;
        Assert.StartsWith("100%: half[31m way x", activity, StringComparison.Ordinal);
        Assert.InRange(activity.Length, 100, 200);
    }

    [Fact(Timeout = Limit)]
    public async Task Shared_file_is_a_fact_and_part_of_the_result_also_over_another_daemon()
    {
        await using var scene = await VoiceScene.StartAsync("[[sleep:4]]");
        File.WriteAllText(Path.Combine(scene.Work, "report.md"), "hello");
        var shared = await ShareAsync(scene, "report.md", "the\u0007 report");
        await ShareAsync(scene, Path.Combine(scene.Work, "report.md"), "the report, again");
        Assert.Equal(("report.md", 5L), ((string?)shared!["path"], (long?)shared["bytes"]));
        await scene.StopDaemonAsync();
        await scene.StartDaemonAsync();

        var result = await scene.Manager.WaitAsync(scene.RunId, VoiceScene.Cancellation);

        var artifact = Assert.Single(result.Metadata["artifacts"]!.AsArray())!;
        Assert.Equal(("report.md", 5L, "the report, again"), ((string?)artifact["path"], (long?)artifact["bytes"], (string?)artifact["description"]));
        var facts = (await scene.Manager.EventsAsync(0, 100, VoiceScene.Cancellation)).Facts;
        Assert.Equal(2, facts.Count(fact => fact.Kind == WorkerEventKind.ArtifactShared && fact.RunId == scene.RunId && fact.Text.StartsWith("report.md (5 bytes)", StringComparison.Ordinal)));
    }

    [Fact(Timeout = Limit)]
    public async Task Only_files_within_the_workspace_are_shared_wherever_links_lead()
    {
        await using var scene = await VoiceScene.StartAsync();
        string secret = Path.Combine(scene.Place.Root, "secret");
        File.WriteAllText(secret, "s");
        Directory.CreateDirectory(scene.Work + "-evil");
        File.WriteAllText(scene.Work + "-evil/f", "s");
        File.CreateSymbolicLink(Path.Combine(scene.Work, "link"), secret);
        Directory.CreateSymbolicLink(Path.Combine(scene.Work, "up"), scene.Place.Root);
        string[] bad = [secret, "../secret", "link", "up/secret", "up/data/run.secret", "../work-evil/f", "nothing", ".", "", "a\0b", "/etc/passwd", scene.Work];

        foreach (string path in bad)
        {
            await Assert.ThrowsAsync<RefusedException>(() => ShareAsync(scene, path, ""));
        }
    }

    internal static HostSettings Supervised(HostSettings settings) => settings with { Requests = new() { Autonomy = AutonomyLevel.Supervised } };

    private static Task<JsonObject?> GivenAsync(McpWorkers.Voice.VoiceLink link, string requestId) => link.CallAsync(
        RunMethods.Given, new() { ["request_id"] = requestId }, TimeSpan.FromSeconds(10), VoiceScene.Cancellation);

    private static Task<JsonObject?> PermitAsync(McpWorkers.Voice.VoiceLink link, string key, string input) => link.CallAsync(
        RunMethods.Permission, new() { ["key"] = key, ["tool"] = "Bash", ["input"] = input, ["hold_seconds"] = 0 }, TimeSpan.FromSeconds(10), VoiceScene.Cancellation);

    private static Task<JsonObject?> ShareAsync(VoiceScene scene, string path, string description) => scene.Link().CallAsync(
        RunMethods.Share, new() { ["path"] = path, ["description"] = description }, TimeSpan.FromSeconds(10), VoiceScene.Cancellation);
}
