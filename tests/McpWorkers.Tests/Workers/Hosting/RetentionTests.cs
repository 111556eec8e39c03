using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Hosting;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Workers.Hosting;

public sealed class RetentionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly DateTimeOffset Now = new(2026, 3, 31, 12, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// Runs are written as name, age in days, size in bytes, and then <c>u</c> for one that nobody has fetched, <c>l</c> for the last one of an
    /// open worker.
    /// </summary>
    [Theory]
    [InlineData("", 10, 100, false, "")]
    [InlineData("a:9:50 b:1:50", 10, 100, false, "")]
    [InlineData("a:11:1 b:10:1 c:9:1", 10, 100, false, "a")]
    [InlineData("a:3:40 b:2:40 c:1:40", 10, 100, false, "a")]
    [InlineData("a:3:40 b:2:40 c:1:40", 10, 79, false, "a b")]
    [InlineData("a:3:40 b:2:40 c:1:40", 10, 0, false, "a b c")]
    [InlineData("a:3:0 b:2:200 c:1:1", 10, 100, false, "a b")]
    [InlineData("a:90:50:u b:11:50 c:1:50", 10, 100, false, "b")]
    [InlineData("a:90:50:u b:11:50 c:1:50", 10, 100, true, "a b")]
    [InlineData("a:90:900:u b:11:900:u", 10, 100, false, "")]
    [InlineData("a:90:900:u b:1:900:u", 10, 100, true, "a b")]
    [InlineData("a:90:900:l b:11:5 c:1:5", 10, 5000, false, "b")]
    [InlineData("a:90:900:ul b:11:900:l", 10, 100, true, "")]
    [InlineData("a:20:10 b:3:60 c:2:60 d:1:40", 10, 100, false, "a b")]
    public void Runs_go_that_are_old_or_too_many_for_their_room(string runs, int days, long bytesMax, bool uncollected, string gone)
    {
        var parts = runs.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(run => run.Split(':')).ToList();
        var settled = parts.Select(part => RunOf(part[0], int.Parse(part[1]), part.Length > 3 ? part[3] : "")).ToList();
        var sizes = parts.ToDictionary(part => part[0], part => long.Parse(part[2]));

        var chosen = Retention.Choose(settled, sizes, Now - TimeSpan.FromDays(days), bytesMax, uncollected);

        Assert.Equal(gone, string.Join(' ', chosen));
    }

    [Fact(Timeout = 120_000)]
    public async Task Directories_that_are_too_large_together_go_with_what_the_store_knew_of_them()
    {
        await using var host = new DurableHost();
        var first = await host.OpenAsync(("writes", "head -c 100000 /dev/zero | tr '\\0' x"));
        string worker = (await first.SpawnAsync(new() { WorkerType = "writes" })).Single();
        string other = (await first.SpawnAsync(new() { WorkerType = "writes" })).Single();
        string unread = (await first.SubmitAsync(worker, "nobody fetches it")).RunId;
        await LiveProcesses.UntilAsync(() => first.Health().RunsActive == 0, Patience, "the run is over");
        var read = new List<string>();
        for (int i = 0; i < 3; i++)
        {
            read.Add(await RunAsync(host, worker));
        }

        string last = await RunAsync(host, worker);
        string closed = await RunAsync(host, other);
        Assert.True((await first.CloseAsync(other)).Success);
        string[] all = [unread, .. read, last, closed];
        await host.LeaveAsync();

        // Room for all of them but the first that may go, and a byte less: the second goes too.
        long bytesMax = all.Sum(run => BytesOf(host, run)) - BytesOf(host, read[0]) - 1;
        Assert.InRange(bytesMax, 500_000, 2_000_000);
        host.Settings = host.Settings with { Retention = new() { BytesMax = bytesMax } };
        var second = await host.OpenAsync();

        await UntilForgottenAsync(host, read[1]);
        Assert.Equal([unread, read[2], last, closed], all.Where(run => Directory.Exists(host.Directory.RunPath(run))));
        await Assert.ThrowsAsync<RefusedException>(() => second.FindRunAsync(read[0]));
        Assert.Equal(100_000, (await second.FindRunAsync(unread)).Result.Output.Length);
        Assert.Equal(100_000, (await second.CollectAsync([worker]))[worker].Output.Length);
    }

    [Fact(Timeout = 120_000)]
    public async Task Old_runs_go_and_those_that_nobody_has_fetched_only_when_told()
    {
        await using var host = new DurableHost();
        host.Settings = host.Settings with { WorkerIdle = TimeSpan.FromDays(400) };
        var first = await host.OpenAsync(("writes", "echo text"));
        string worker = (await first.SpawnAsync(new() { WorkerType = "writes" })).Single();
        string unread = (await first.SubmitAsync(worker, "nobody fetches it")).RunId;
        await LiveProcesses.UntilAsync(() => first.Health().RunsActive == 0, Patience, "the run is over");
        string old = await RunAsync(host, worker);
        host.Time.Leap(TimeSpan.FromDays(31));
        string young = await RunAsync(host, worker);
        string last = await RunAsync(host, worker);

        await host.OpenAsync();
        await UntilForgottenAsync(host, old);
        Assert.Equal([unread, young, last], new[] { unread, old, young, last }.Where(run => Directory.Exists(host.Directory.RunPath(run))));

        host.Settings = host.Settings with { Retention = new() { Uncollected = true } };
        await host.OpenAsync();
        await UntilForgottenAsync(host, unread);
        Assert.Equal([young, last], new[] { unread, old, young, last }.Where(run => Directory.Exists(host.Directory.RunPath(run))));
    }

    private static RetainedRun RunOf(string name, int days, string marks) =>
        new(name, "term_1", Now - TimeSpan.FromDays(days), Collected: !marks.Contains('u'), IsLast: marks.Contains('l'));

    private static async Task<string> RunAsync(DurableHost host, string worker)
    {
        var result = await host.Manager.ExecuteAsync(worker, "go").WaitAsync(Patience);
        Assert.Equal(WorkerStatus.Completed, result.Status);
        return (string)result.Metadata["run_id"]!;
    }

    private static long BytesOf(DurableHost host, string run) =>
        new DirectoryInfo(Path.Combine(host.Data, "runs", run)).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    private static async Task UntilForgottenAsync(DurableHost host, string run)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                await host.Manager.FindRunAsync(run, limit.Token);
            }
            catch (RefusedException)
            {
                return;
            }

            await Task.Delay(20, limit.Token);
        }
    }
}
