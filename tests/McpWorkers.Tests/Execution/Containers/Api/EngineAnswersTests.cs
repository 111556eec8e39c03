using System.Net;
using System.Text;
using McpWorkers.Engine.Execution.Containers.Api;
using Xunit;

namespace McpWorkers.Tests.Execution.Containers.Api;

/// <summary>The client against answers that no engine here gives: other versions, broken ones, and what is hostile.</summary>
public sealed class EngineAnswersTests
{
    private const int Limit = 60_000;
    private const string TooOld = """{"message":"client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version"}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Timeout = Limit)]
    [InlineData("1.41", "1.12", "1.41")]
    [InlineData("1.44", "1.24", "1.44")]
    [InlineData("1.52", "1.44", "1.44")]
    [InlineData("1.60", "1.50", "1.50")]
    [InlineData("1.9", "1.5", "1.9")]
    public async Task Older_of_both_versions_is_spoken(string newest, string oldest, string spoken)
    {
        await using var fake = new FakeEngine(FakeEngine.Speaking(r => r.Version == spoken ? FakeAnswer.Of(200, "[]") : FakeAnswer.Of(400, TooOld), newest, oldest));
        using var engine = Open(fake);
        Assert.Empty(await engine.ListAsync(new Dictionary<string, string>(), Cancellation));
        Assert.Equal(spoken, fake.Requests.Last().Version);
        Assert.Equal(3, fake.Requests.Count);
        await engine.ListAsync(new Dictionary<string, string>(), Cancellation);
        Assert.Equal(4, fake.Requests.Count);
    }

    [Fact(Timeout = Limit)]
    public async Task Engine_that_was_upgraded_meanwhile_is_asked_for_its_version_again()
    {
        string newest = "1.41";
        await using var fake = new FakeEngine(r => FakeEngine.Speaking(
            q => q.Version == newest || (q.Version == "1.44" && newest == "1.52") ? FakeAnswer.Of(200, "[]") : FakeAnswer.Of(400, TooOld), newest, newest == "1.41" ? "1.12" : "1.44")(r));
        using var engine = Open(fake);
        await engine.ListAsync(new Dictionary<string, string>(), Cancellation);
        newest = "1.52";
        await engine.ListAsync(new Dictionary<string, string>(), Cancellation);
        Assert.Equal("1.44", fake.Requests.Last().Version);

        newest = "nothing that we speak";
        await FaultAsync(EngineFault.BadAnswer, () => engine.ListAsync(new Dictionary<string, string>(), Cancellation));
    }

    [Theory(Timeout = Limit)]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnull")]
    [InlineData("HTTP/1.1 301 Moved\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")]
    public async Task What_is_no_engine_is_told_from_one(string answer)
    {
        await using var fake = new FakeEngine(_ => FakeAnswer.Raw(answer));
        using var engine = Open(fake);
        await FaultAsync(EngineFault.BadAnswer, () => engine.IdentifyAsync(Cancellation));
    }

    [Theory(Timeout = Limit)]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"Id\":")]
    [InlineData("{\"Id\":\"\"}")]
    [InlineData("{\"Id\":7}")]
    public async Task Answer_that_is_none_is_no_container(string answer)
    {
        await using var fake = new FakeEngine(FakeEngine.Speaking(_ => FakeAnswer.Of(201, answer)));
        using var engine = Open(fake);
        await FaultAsync(EngineFault.BadAnswer, () => engine.CreateAsync("x", EngineCreationTests.Creation, Cancellation));
        await FaultAsync(EngineFault.BadAnswer, () => engine.InspectAsync("x", Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task Answer_that_is_cut_off_is_a_broken_connection()
    {
        await using var fake = new FakeEngine(FakeEngine.Speaking(_ => new FakeAnswer(200, "{\"Id\":\"a\","u8.ToArray(), IsCut: true)));
        using var engine = Open(fake);
        await FaultAsync(EngineFault.Unreachable, () => engine.InspectAsync("x", Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task Engine_that_says_nothing_is_given_up()
    {
        await using var fake = new FakeEngine(FakeEngine.Speaking(_ => FakeAnswer.Silence));
        using var engine = new ContainerEngine(EngineAddress.Parse(fake.Address), new HurriedTime());
        Assert.Contains("did not answer", (await FaultAsync(EngineFault.Unreachable, () => engine.InspectAsync("x", Cancellation))).Message, StringComparison.Ordinal);
        using var ours = new CancellationTokenSource();
        var cancelled = engine.InspectAsync("x", ours.Token);
        await ours.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
    }

    [Theory]
    [InlineData(404, "", EngineFault.NotFound)]
    [InlineData(409, "Container x is not running", EngineFault.Conflict)]
    [InlineData(400, "Minimum memory limit allowed is 6MB", EngineFault.Refused)]
    [InlineData(403, "", EngineFault.Refused)]
    [InlineData(500, "no container with name or ID \"x\" found: no such container", EngineFault.NotFound)]
    [InlineData(500, "can only create exec sessions on running containers: container state improper", EngineFault.Conflict)]
    [InlineData(500, "error adding seccomp filter rule", EngineFault.Failed)]
    [InlineData(301, "", EngineFault.BadAnswer)]
    public void Status_and_words_tell_the_fault(int status, string words, object fault) => Assert.Equal(fault, EngineFaults.FaultOf((HttpStatusCode)status, words));

    [Fact(Timeout = Limit)]
    public async Task Error_holds_the_engines_own_words()
    {
        await using var fake = new FakeEngine(FakeEngine.Speaking(r => FakeAnswer.Of(500, r.Path.Contains("/start", StringComparison.Ordinal)
            ? """{"cause":"denied","message":"crun: it cannot be","response":500}""" : new string('x', 100_000))));
        using var engine = Open(fake);
        Assert.Contains("crun: it cannot be", (await FaultAsync(EngineFault.Failed, () => engine.StartAsync("x", Cancellation))).Message, StringComparison.Ordinal);
        Assert.InRange((await FaultAsync(EngineFault.Failed, () => engine.InspectAsync("x", Cancellation))).Message.Length, 600, 1000);
    }

    [Theory(Timeout = Limit)]
    [InlineData("../containers/x")]
    [InlineData("a/../../containers/x")]
    [InlineData("a b")]
    [InlineData("a?x=1")]
    [InlineData("a\n")]
    [InlineData("-a")]
    [InlineData("")]
    public async Task What_is_no_name_of_an_image_never_reaches_the_engine(string image)
    {
        await using var fake = new FakeEngine(FakeEngine.Speaking(_ => FakeAnswer.Of(200, "{}")));
        using var engine = Open(fake);
        await FaultAsync(EngineFault.Refused, () => engine.FindImageAsync(image, Cancellation));
        await FaultAsync(EngineFault.Refused, () => engine.PullAsync(image, _ => { }, Cancellation));
        await FaultAsync(EngineFault.Refused, () => engine.CreateAsync("x", EngineCreationTests.Creation with { Image = image }, Cancellation));
        Assert.Empty(fake.Requests);
    }

    [Theory]
    [InlineData("node", "node", "latest")]
    [InlineData("node:22", "node", "22")]
    [InlineData("reg:5000/a/b", "reg:5000/a/b", "latest")]
    [InlineData("reg:5000/a/b:1", "reg:5000/a/b", "1")]
    [InlineData("a@sha256:0123", "a@sha256:0123", null)]
    public void Image_has_one_tag(string image, string name, string? tag) => Assert.Equal(new ImageReference(name, tag), ImageReference.Parse(image));

    [Fact(Timeout = Limit)]
    public async Task Pull_tells_what_it_does_and_what_went_wrong()
    {
        string[] lines = ["""{"status":"Pulling from a","id":"1"}""", """{"status":"Downloading","id":"l1","progressDetail":{"current":1000000,"total":4000000}}""", """{"status":"Digest: sha256:00"}"""];
        string said = "";
        await using var fake = new FakeEngine(FakeEngine.Speaking(r => FakeAnswer.Of(200, r.Method == "GET" ? """{"Id":"sha256:1"}""" : said)));
        using var engine = Open(fake);
        var told = new List<string>();
        said = string.Join("\r\n", lines);
        await engine.PullAsync("a:1", told.Add, Cancellation);
        Assert.Equal("/images/create?fromImage=a&tag=1", fake.Requests.First(r => r.Method == "POST").Path);
        Assert.Equal(("Pulling from a", "Digest: sha256:00"), (told[0], told[^1]));

        said = lines[0] + "\n" + """{"error":"manifest for a:1 not found: manifest unknown"}""";
        Assert.Contains("manifest unknown", (await FaultAsync(EngineFault.NotFound, () => engine.PullAsync("a:1", _ => { }, Cancellation))).Message, StringComparison.Ordinal);
        said = "<html>";
        await FaultAsync(EngineFault.BadAnswer, () => engine.PullAsync("a:1", _ => { }, Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task Pull_of_an_image_that_is_still_not_there_is_an_error()
    {
        await using var fake = new FakeEngine(FakeEngine.Speaking(r => r.Method == "GET" ? FakeAnswer.Of(404, "") : FakeAnswer.Of(200, """{"status":"done"}""")));
        using var engine = Open(fake);
        await FaultAsync(EngineFault.NotFound, () => engine.PullAsync("a:1", _ => { }, Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task Frames_are_passed_on_and_broken_ones_told()
    {
        byte[] body = [];
        await using var fake = new FakeEngine(FakeEngine.Speaking(_ => new FakeAnswer(200, body)));
        using var engine = Open(fake);
        body = [.. FakeEngine.Frame(1, "out"), .. FakeEngine.Frame(2, ""), .. FakeEngine.Frame(2, "err"), .. FakeEngine.Frame(0, "in")];
        Assert.Equal("out|!err|in", await FollowAsync(engine));

        body = FakeEngine.Frame(1, "half", length: -1);
        await FaultAsync(EngineFault.Unreachable, () => FollowAsync(engine));
        body = [1, 0, 0];
        await FaultAsync(EngineFault.Unreachable, () => FollowAsync(engine));
        body = Encoding.UTF8.GetBytes("plain text, as of a terminal");
        await FaultAsync(EngineFault.BadAnswer, () => FollowAsync(engine));
        body = FakeEngine.Frame(3, "the log driver broke");
        Assert.Contains("the log driver broke", (await FaultAsync(EngineFault.Failed, () => FollowAsync(engine))).Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = Limit)]
    [InlineData("")]
    [InlineData("""{"memory_stats":{},"cpu_stats":{"cpu_usage":{"total_usage":0}},"pids_stats":{}}""")]
    [InlineData("""{"memory_stats":{"usage":0},"cpu_stats":{"cpu_usage":{"total_usage":0}}}""")]
    public async Task What_does_not_run_uses_nothing(string answer)
    {
        await using var fake = new FakeEngine(FakeEngine.Speaking(_ => FakeAnswer.Of(200, answer)));
        using var engine = Open(fake);
        Assert.Null(await engine.MeasureAsync("x", Cancellation));
    }

    [Theory(Timeout = Limit)]
    [InlineData("""{"usage":1000,"stats":{"total_inactive_file":300,"inactive_file":200}}""", 700)]
    [InlineData("""{"usage":1000,"stats":{"inactive_file":200}}""", 800)]
    [InlineData("""{"usage":1000,"stats":{}}""", 1000)]
    [InlineData("""{"usage":1000}""", 1000)]
    public async Task Memory_is_told_without_what_the_kernel_would_give_back(string memory, long bytes)
    {
        await using var fake = new FakeEngine(FakeEngine.Speaking(_ => FakeAnswer.Of(200, $$$"""{"memory_stats":{{{memory}}},"cpu_stats":{"cpu_usage":{"total_usage":5}},"pids_stats":{"current":2}}""")));
        using var engine = Open(fake);
        Assert.Equal(new ContainerUse(bytes, 5, 2), await engine.MeasureAsync("x", Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task Containers_of_others_are_not_listed_although_the_engine_names_them()
    {
        await using var fake = new FakeEngine(FakeEngine.Speaking(_ => FakeAnswer.Of(200, """[{"Id":"a","Names":["/one"],"State":"running","Labels":{"k":"v"}},{"Id":"b","Names":["/two"],"State":"stopped","Labels":{"k":"other"}},{"Id":"c","Labels":null}]""")));
        using var engine = Open(fake);
        var listed = Assert.Single(await engine.ListAsync(new Dictionary<string, string> { ["k"] = "v" }, Cancellation));
        Assert.Equal(("a", "one", ContainerState.Running), (listed.Id, listed.Name, listed.State));
        Assert.Equal("/containers/json?all=true&filters=" + Uri.EscapeDataString("""{"label":["k=v"]}"""), fake.Requests.Last().Path);
    }

    [Fact(Timeout = Limit)]
    public async Task Removal_that_is_under_way_is_waited_for()
    {
        int asked = 0;
        await using var fake = new FakeEngine(FakeEngine.Speaking(r => r.Method == "DELETE" ? FakeAnswer.Of(409, """{"message":"removal of container x is already in progress"}""")
            : Interlocked.Increment(ref asked) < 3 ? FakeAnswer.Of(200, """{"Id":"x","State":{"Status":"removing"}}""") : FakeAnswer.Of(404, "")));
        using var engine = Open(fake);
        await engine.RemoveAsync("x", Cancellation);
        Assert.Equal(3, asked);
    }

    [Fact(Timeout = Limit)]
    public async Task Exit_code_counts_only_once_the_command_has_ended()
    {
        int asked = 0;
        bool isForever = false;
        await using var fake = new FakeEngine(FakeEngine.Speaking(r => r.Path switch
        {
            "/containers/x/exec" => FakeAnswer.Of(201, """{"Id":"e1"}"""),
            "/exec/e1/start" => new FakeAnswer(200, FakeEngine.Frame(1, "out")),
            _ => FakeAnswer.Of(200, isForever || Interlocked.Increment(ref asked) < 4 ? """{"Running":true,"ExitCode":0}""" : """{"Running":false,"ExitCode":9}"""),
        }));
        using var engine = Open(fake);
        Assert.Equal(9, (await engine.ExecAsync("x", Exec, (_, _) => { }, Cancellation)).ExitCode);
        isForever = true;
        using var hurried = new ContainerEngine(EngineAddress.Parse(fake.Address), new HurriedTime());
        Assert.Null((await hurried.ExecAsync("x", Exec, (_, _) => { }, Cancellation)).ExitCode);
    }

    [Fact(Timeout = Limit)]
    public async Task Stream_that_stays_open_beyond_the_end_of_its_container_costs_neither_time_nor_output()
    {
        await using var fake = new FakeEngine(FakeEngine.Speaking(r => r.Path switch
        {
            _ when r.Path.Contains("follow=true", StringComparison.Ordinal) => new FakeAnswer(200, [.. FakeEngine.Frame(2, "e"), .. FakeEngine.Frame(1, "be")], IsHeld: true),
            _ when r.Path.Contains("follow=false", StringComparison.Ordinal) => new FakeAnswer(200, [.. FakeEngine.Frame(1, "begun, "), .. FakeEngine.Frame(2, "e2"), .. FakeEngine.Frame(1, "done")]),
            _ when r.Path.EndsWith("/wait", StringComparison.Ordinal) => FakeAnswer.Silence,
            _ => FakeAnswer.Of(200, """{"Id":"a","Name":"x","State":{"Status":"exited","ExitCode":9},"Config":{"Labels":{}}}"""),
        }));
        using var engine = Open(fake);
        var said = new SortedDictionary<bool, string> { [false] = "", [true] = "" };
        await engine.FollowAsync("x", (isError, bytes) => said[isError] += Encoding.UTF8.GetString(bytes.Span), Cancellation);
        Assert.Equal(["begun, done", "e2"], said.Values);
        Assert.Equal(9, await engine.WaitAsync("x", Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task Fault_of_the_listener_is_not_the_engines()
    {
        await using var fake = new FakeEngine(FakeEngine.Speaking(_ => new FakeAnswer(200, FakeEngine.Frame(1, "out"))));
        using var engine = Open(fake);
        await Assert.ThrowsAsync<IOException>(() => engine.FollowAsync("x", (_, _) => throw new IOException("the disk is full"), Cancellation));
    }

    private static ExecCreation Exec { get; } = new() { Command = ["true"], Environment = new Dictionary<string, string>() };

    private static ContainerEngine Open(FakeEngine fake) => new(EngineAddress.Parse(fake.Address), TimeProvider.System);

    private static async Task<EngineException> FaultAsync(EngineFault fault, Func<Task> act)
    {
        var thrown = await Assert.ThrowsAsync<EngineException>(act);
        Assert.Equal(fault, thrown.Fault);
        return thrown;
    }

    private static async Task<string> FollowAsync(ContainerEngine engine)
    {
        var said = new List<string>();
        await engine.FollowAsync("x", (isError, bytes) => said.Add((isError ? "!" : "") + Encoding.UTF8.GetString(bytes.Span)), Cancellation);
        return string.Join('|', said);
    }

    /// <summary>Twenty times as fast.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        public override long GetTimestamp() => base.GetTimestamp() * 20;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => base.CreateTimer(callback, state, dueTime / 20, period);
    }
}
