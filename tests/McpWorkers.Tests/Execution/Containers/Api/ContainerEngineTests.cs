using System.Text;
using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Execution.Containers.Api;

/// <summary>The client against real engines.</summary>
public sealed class ContainerEngineTests(EngineFixture engines) : IAsyncDisposable
{
    private const int Limit = 180_000;
    private readonly string _mark = $"test-{Guid.NewGuid():N}";
    private readonly List<ContainerEngine> _opened = [];

    public static TheoryData<string> Kinds => EngineFixture.Kinds;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var engine in _opened)
        {
            foreach (var left in await engine.ListAsync(new Dictionary<string, string> { ["test"] = _mark }, CancellationToken.None))
            {
                await engine.RemoveAsync(left.Id, CancellationToken.None);
            }

            engine.Dispose();
        }
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task Engine_says_what_it_is_and_can_do(string kind)
    {
        var identity = await (await OpenAsync(kind)).IdentifyAsync(Cancellation);
        Assert.Equal(kind, identity.Kind.ToString().ToLowerInvariant());
        Assert.Matches(@"^\d+\.\d+", identity.Version);
        Assert.InRange(Version.Parse(identity.ApiVersion), new(1, 41), new(1, 44));
        Assert.False(identity.IsRootless);
        Assert.True(identity is { MemoryLimit: true, CpuLimit: true, ProcessLimit: true });
        Assert.Equal(Environment.ProcessorCount, identity.Processors);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task Image_is_found_with_what_it_says(string kind)
    {
        var engine = await OpenAsync(kind);
        var image = await engine.FindImageAsync(EngineFixture.Busybox, Cancellation);
        Assert.NotNull(image);
        Assert.Contains("IMAGE_SAYS=busybox", image.Environment);
        Assert.Null(image.User);
        Assert.NotEqual("", image.Id);
        Assert.Null(await engine.FindImageAsync("localhost/mcpworkers-nothing:1", Cancellation));
        var none = await Assert.ThrowsAsync<EngineException>(() => engine.CreateAsync($"{_mark}-x", Busybox("true") with { Image = "localhost/mcpworkers-nothing:1" }, Cancellation));
        Assert.Equal(EngineFault.NotFound, none.Fault);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task Image_that_no_registry_gives_is_an_error_in_the_engines_words(string kind)
    {
        var engine = await OpenAsync(kind);
        // No registry answers there: the engine has a network of its own, and nobody listens in it.
        var fault = await Assert.ThrowsAsync<EngineException>(() => engine.PullAsync("127.0.0.1:9/mcpworkers/nothing:1", _ => { }, Cancellation));
        Assert.Contains("127.0.0.1:9", fault.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task Image_is_fetched_from_a_registry_with_its_progress_told(string kind)
    {
        var engine = await OpenAsync(kind);
        await using var registry = await TestRegistry.StartAsync(await engines.GetAsync(kind), Cancellation);
        Assert.Null(await engine.FindImageAsync(registry.Image, Cancellation));
        var told = new List<string>();
        await engine.PullAsync(registry.Image, told.Add, Cancellation);
        Assert.NotEmpty(told);
        Assert.All(told, t => Assert.Matches(@"\w", t));
        Assert.Contains("PULLED=yes", (await engine.FindImageAsync(registry.Image, Cancellation))!.Environment);

        var missing = await Assert.ThrowsAsync<EngineException>(() => engine.PullAsync(registry.Image + "x", _ => { }, Cancellation));
        Assert.Equal(EngineFault.NotFound, missing.Fault);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task Container_goes_from_created_to_removed(string kind)
    {
        var engine = await OpenAsync(kind);
        string id = await engine.CreateAsync(_mark, Busybox("echo out; echo err >&2; exit 7"), Cancellation);
        var created = await engine.InspectAsync(id, Cancellation);
        Assert.Equal((ContainerState.Created, null, _mark), (created!.State, created.ExitCode, created.Name));
        Assert.Equal(_mark, created.Labels["test"]);

        await engine.StartAsync(id, Cancellation);
        Assert.Equal(7, await engine.WaitAsync(id, Cancellation));
        Assert.Equal(7, await engine.WaitAsync(id, Cancellation));
        var ended = await engine.InspectAsync(_mark, Cancellation);
        Assert.Equal((ContainerState.Exited, 7), (ended!.State, ended.ExitCode));
        Assert.InRange((ended.Finished - ended.Started)!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(2));

        var (output, error) = await FollowAsync(engine, id);
        Assert.Equal(("out\n", "err\n"), (output, error));
        Assert.Equal((ContainerState.Exited, _mark), Assert.Single(await ListAsync(engine)) is var listed ? (listed.State, listed.Name) : default);
        await engine.KillAsync(id, "SIGKILL", Cancellation);
        await engine.RemoveAsync(id, Cancellation);
        await engine.RemoveAsync(id, Cancellation);
        await engine.KillAsync(id, "SIGKILL", Cancellation);
        Assert.Null(await engine.InspectAsync(id, Cancellation));
        Assert.Null(await engine.WaitAsync(id, Cancellation));
        Assert.Null(await engine.MeasureAsync(id, Cancellation));
        Assert.Empty(await ListAsync(engine));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task Container_is_walled_in(string kind)
    {
        using var directory = new TemporaryPlace();
        File.WriteAllText(Path.Combine(directory.Path, "there"), "seen");
        var engine = await OpenAsync(kind);
        string script = """
            grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status; ls /sys/class/net | tr '\n' ' '; id -u; id -g
            touch /made 2>/dev/null || echo root is read-only
            touch /tmp/made && echo tmp is writable; cat "$PLACE/there"; echo " $FROM $IMAGE_SAYS"
            touch "$PLACE/new" 2>/dev/null || echo mount is read-only; pwd; cat /proc/1/comm
            """;
        string id = await engine.CreateAsync(_mark, Busybox(script) with
        {
            Environment = new Dictionary<string, string> { ["PLACE"] = directory.Path, ["FROM"] = "us" },
            Mounts = [new ContainerMount(directory.Path, directory.Path)],
            Tmpfs = new Dictionary<string, string> { ["/tmp"] = "rw,nosuid,nodev,mode=1777" },
            User = "1234:1234",
            WorkingDirectory = directory.Path,
            IsReadOnlyRoot = true,
        }, Cancellation);
        await engine.StartAsync(id, Cancellation);
        Assert.Equal(0, await engine.WaitAsync(id, Cancellation));
        var (output, error) = await FollowAsync(engine, id);
        string[] lines = output.Split('\n');
        Assert.Equal("", error);
        Assert.Equal(["NoNewPrivs:\t1", "Seccomp:\t2"], lines.Where(l => l.StartsWith("NoNew", StringComparison.Ordinal) || l.StartsWith("Seccomp", StringComparison.Ordinal)));
        Assert.Contains("CapEff:\t0000000000000000", lines);
        Assert.Contains("lo 1234", lines);
        Assert.Contains("root is read-only", lines);
        Assert.Contains("tmp is writable", lines);
        Assert.Contains("seen us busybox", lines);
        Assert.Contains("mount is read-only", lines);
        Assert.Contains(directory.Path, lines);
        // A first process that collects orphans and hands on signals.
        Assert.DoesNotContain("sh", lines);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task Command_in_a_container_gives_its_output_and_exit_code(string kind)
    {
        var engine = await OpenAsync(kind);
        string id = await StartAsync(engine);
        await engine.StartAsync(id, Cancellation);
        var ends = new List<(int? Code, string Output, string Error)>
        {
            await ExecAsync(engine, id, "echo out; echo err >&2; exit 3"),
            await ExecAsync(engine, id, "kill -KILL $$"),
            await ExecAsync(engine, id, "echo $FROM; pwd", new Dictionary<string, string> { ["FROM"] = "us" }),
        };
        Assert.Equal([(3, "out\n", "err\n"), (137, "", ""), (0, "us\n/tmp\n", "")], ends);

        var missing = await RunAsync(engine, id, ["/nothing/here"]);
        Assert.True(missing.Code is 126 or 127, $"{missing.Code}");
        Assert.Contains("/nothing/here", missing.Output + missing.Error, StringComparison.Ordinal);
        await engine.RemoveAsync(id, Cancellation);
        var gone = await Assert.ThrowsAsync<EngineException>(() => ExecAsync(engine, id, "true"));
        Assert.Equal(EngineFault.NotFound, gone.Fault);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task Command_ends_although_a_grandchild_holds_its_output(string kind)
    {
        var engine = await OpenAsync(kind);
        string id = await StartAsync(engine);
        var since = TimeProvider.System.GetTimestamp();
        var end = await ExecAsync(engine, id, "sleep 600 & echo said; exit 5");
        Assert.Equal((5, "said\n"), (end.Code, end.Output));
        Assert.InRange(TimeProvider.System.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task Container_that_is_taken_away_ends_what_was_listened_to(string kind)
    {
        var engine = await OpenAsync(kind);
        string id = await StartAsync(engine);
        var heard = new TaskCompletionSource();
        var waiting = engine.WaitAsync(id, Cancellation);
        var running = engine.ExecAsync(
            id, new ExecCreation { Command = ["sh", "-c", "echo here; exec sleep 600"], Environment = new Dictionary<string, string>() }, (_, _) => heard.TrySetResult(), Cancellation);
        await heard.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
        await engine.RemoveAsync(id, Cancellation);
        Assert.NotEqual(0, (await running.WaitAsync(TimeSpan.FromSeconds(30), Cancellation)).ExitCode);
        Assert.NotEqual(0, await waiting.WaitAsync(TimeSpan.FromSeconds(30), Cancellation));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task Much_output_comes_whole(string kind)
    {
        var engine = await OpenAsync(kind);
        string id = await StartAsync(engine);
        long output = 0, error = 0, wrong = 0;
        var end = await engine.ExecAsync(id, new ExecCreation { Command = ["sh", "-c", "head -c 20000000 /dev/zero; head -c 300000 /dev/zero | tr '\\0' x >&2"], Environment = new Dictionary<string, string>() }, (isError, bytes) =>
        {
            output += isError ? 0 : bytes.Length;
            error += isError ? bytes.Length : 0;
            wrong += bytes.Span.IndexOfAnyExcept((byte)(isError ? 'x' : '\0')) >= 0 ? 1 : 0;
        }, Cancellation);
        Assert.Equal((0, 20_000_000L, 300_000L, 0L), (end.ExitCode, output, error, wrong));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task What_a_container_uses_is_measured(string kind)
    {
        var engine = await OpenAsync(kind);
        string id = await StartAsync(engine, limits: new() { MemoryBytes = 64 << 20, Cpus = 0.5, Processes = 20 });
        var before = await engine.MeasureAsync(id, Cancellation);
        await ExecAsync(engine, id, "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; head -c 20000000 /dev/zero >/dev/shm/held");
        var after = await engine.MeasureAsync(id, Cancellation);
        Assert.NotNull(before);
        Assert.NotNull(after);
        Assert.True(after.CpuNanoseconds > before.CpuNanoseconds, $"{before} {after}");
        Assert.True(after.MemoryBytes - before.MemoryBytes > 15_000_000, $"{before} {after}");
        Assert.True(after.Processes is null or > 0, $"{after}");
        await engine.KillAsync(id, "SIGKILL", Cancellation);
        Assert.Equal(137, await engine.WaitAsync(id, Cancellation));
        Assert.Null(await engine.MeasureAsync(id, Cancellation));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task Taken_name_and_container_that_does_not_run_are_conflicts(string kind)
    {
        var engine = await OpenAsync(kind);
        string id = await engine.CreateAsync(_mark, Busybox("true"), Cancellation);
        var taken = await Assert.ThrowsAsync<EngineException>(() => engine.CreateAsync(_mark, Busybox("true"), Cancellation));
        Assert.Equal(EngineFault.Conflict, taken.Fault);
        var asleep = await Assert.ThrowsAsync<EngineException>(() => ExecAsync(engine, id, "true"));
        Assert.Equal(EngineFault.Conflict, asleep.Fault);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task Command_that_is_not_there_ends_at_once(string kind)
    {
        var engine = await OpenAsync(kind);
        string id = await engine.CreateAsync(_mark, Busybox("true") with { Command = ["/nothing/here"], Image = EngineFixture.Shellless }, Cancellation);
        // The engine starts a first process of its own, and that one does not find it.
        await engine.StartAsync(id, Cancellation);
        Assert.NotEqual(0, await engine.WaitAsync(id, Cancellation));
        var (output, error) = await FollowAsync(engine, id);
        Assert.Contains("No such file or directory", output + error, StringComparison.Ordinal);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task Network_of_the_host_or_of_another_cannot_be_asked_for(string kind)
    {
        var engine = await OpenAsync(kind);
        foreach (string network in new[] { "host", "container:x", "ns:/proc/1/ns/net", "" })
        {
            var fault = await Assert.ThrowsAsync<EngineException>(() => engine.CreateAsync(_mark, Busybox("true") with { Network = network }, Cancellation));
            Assert.Equal(EngineFault.Refused, fault.Fault);
        }

        var path = await Assert.ThrowsAsync<EngineException>(() => engine.InspectAsync("../images", Cancellation));
        Assert.Equal(EngineFault.Refused, path.Fault);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task Engine_that_is_killed_ends_every_wait(string kind)
    {
        await using var own = await EngineFixture.StartOwnAsync(kind);
        using var engine = new ContainerEngine(EngineAddress.Parse(own.Address), TimeProvider.System);
        string id = await engine.CreateAsync(_mark, Busybox("echo here; exec sleep 600"), Cancellation);
        await engine.StartAsync(id, Cancellation);
        var heard = new TaskCompletionSource();
        var waiting = engine.WaitAsync(id, Cancellation);
        var following = engine.FollowAsync(id, (_, _) => heard.TrySetResult(), Cancellation);
        var running = ExecAsync(engine, id, "exec sleep 600");
        await heard.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
        await own.StopAsync();

        // A broken connection, or an end that the engine still told: but an end.
        await Record.ExceptionAsync(() => following).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        await Record.ExceptionAsync(() => running).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        await Record.ExceptionAsync(() => waiting).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        var gone = await Assert.ThrowsAsync<EngineException>(() => engine.InspectAsync(id, Cancellation));
        Assert.Equal(EngineFault.Unreachable, gone.Fault);
        Assert.Contains("there is no such socket", gone.Message, StringComparison.Ordinal);
    }

    private async Task<ContainerEngine> OpenAsync(string kind)
    {
        var engine = new ContainerEngine(EngineAddress.Parse((await engines.GetAsync(kind)).Address), TimeProvider.System);
        _opened.Add(engine);
        return engine;
    }

    private async Task<string> StartAsync(ContainerEngine engine, ResourceLimits? limits = null)
    {
        string id = await engine.CreateAsync(_mark, Busybox("exec sleep 600") with { Limits = limits ?? ResourceLimits.None }, Cancellation);
        await engine.StartAsync(id, Cancellation);
        return id;
    }

    private ContainerCreation Busybox(string script) => new()
    {
        Image = EngineFixture.Busybox,
        Command = ["sh", "-c", script],
        WorkingDirectory = "/tmp",
        Environment = new Dictionary<string, string>(),
        Labels = new Dictionary<string, string> { ["test"] = _mark },
        User = "0:0",
        Network = "none",
        IsReadOnlyRoot = false,
        DropCapabilities = ["ALL"],
        Mounts = [],
    };

    private Task<IReadOnlyList<ContainerSummary>> ListAsync(ContainerEngine engine) =>
        engine.ListAsync(new Dictionary<string, string> { ["test"] = _mark }, Cancellation);

    private static Task<(int? Code, string Output, string Error)> ExecAsync(ContainerEngine engine, string id, string script, Dictionary<string, string>? environment = null) =>
        RunAsync(engine, id, ["sh", "-c", script], environment);

    private static async Task<(int? Code, string Output, string Error)> RunAsync(ContainerEngine engine, string id, string[] command, Dictionary<string, string>? environment = null)
    {
        var said = new Heard();
        var end = await engine.ExecAsync(id, new ExecCreation { Command = command, Environment = environment ?? [] }, said.Take, Cancellation);
        return (end.ExitCode, said.Output, said.Error);
    }

    private static async Task<(string Output, string Error)> FollowAsync(ContainerEngine engine, string id)
    {
        var said = new Heard();
        await engine.FollowAsync(id, said.Take, Cancellation);
        return (said.Output, said.Error);
    }

    private sealed class Heard
    {
        private readonly StringBuilder _output = new();
        private readonly StringBuilder _error = new();

        public string Output => _output.ToString();

        public string Error => _error.ToString();

        public void Take(bool isError, ReadOnlyMemory<byte> bytes) => (isError ? _error : _output).Append(Encoding.UTF8.GetString(bytes.Span));
    }

    private sealed class TemporaryPlace : IDisposable
    {
        public TemporaryPlace()
        {
            Path = Directory.CreateTempSubdirectory("engine-place-").FullName;
            File.SetUnixFileMode(Path, (UnixFileMode)0b111_101_101);
        }

        public string Path { get; }

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
