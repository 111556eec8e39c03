using McpWorkers.Http;
using McpWorkers.Http.Protocol;
using McpWorkers.Mcp;
using ModelContextProtocol.Server;
using Xunit;

namespace McpWorkers.Tests.Http;

public sealed class McpSessionsTests
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(30);

    [Fact(Timeout = 30_000)]
    public async Task A_session_that_nobody_uses_expires()
    {
        var clock = new Clock();
        await using var sessions = New(clock, max: 10);
        var session = (await sessions.OpenAsync("token"))!;

        clock.Advance(Idle - TimeSpan.FromSeconds(1));
        await sessions.ExpireAsync();
        Assert.NotNull(sessions.Find(session.Id, "token"));
        clock.Advance(TimeSpan.FromSeconds(1));
        await sessions.ExpireAsync();

        Assert.Null(sessions.Find(session.Id, "token"));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_session_in_use_does_not_expire_and_each_use_begins_its_time_anew()
    {
        var clock = new Clock();
        await using var sessions = New(clock, max: 10);
        var session = (await sessions.OpenAsync("token"))!;

        using (session.Use())
        {
            clock.Advance(2 * Idle);
            await sessions.ExpireAsync();
        }

        clock.Advance(Idle - TimeSpan.FromSeconds(1));
        await sessions.ExpireAsync();

        Assert.NotNull(sessions.Find(session.Id, "token"));
    }

    [Fact(Timeout = 30_000)]
    public async Task Where_there_are_too_many_the_idle_ones_make_room()
    {
        var clock = new Clock();
        await using var sessions = New(clock, max: 1);
        await sessions.OpenAsync("token");
        var refused = await sessions.OpenAsync("token");

        clock.Advance(Idle);

        Assert.Null(refused);
        Assert.NotNull(await sessions.OpenAsync("token"));
        Assert.Equal(1, sessions.Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task Another_token_does_not_find_it()
    {
        await using var sessions = New(new Clock(), max: 10);
        var session = (await sessions.OpenAsync("token"))!;

        Assert.Null(sessions.Find(session.Id, "other"));
        Assert.Null(sessions.Find(session.Id.ToUpperInvariant(), "token"));
        Assert.Same(session, sessions.Find(session.Id, "token"));
    }

    private static McpSessions New(TimeProvider clock, int max) => new(
        new McpService
        {
            NewServer = (transport, _) => new WorkerServer(McpServer.Create(transport, new McpServerOptions())),
            ServerInfo = new() { Name = "t", Version = "1" },
            FindTool = _ => null,
        },
        new HttpOptions { Time = clock }, max, Idle, CancellationToken.None);

    private sealed class Clock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan time) => _now += time.Ticks;
    }
}
