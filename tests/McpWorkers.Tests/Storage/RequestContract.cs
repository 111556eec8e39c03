using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using Xunit;
using static McpWorkers.Tests.Storage.StoreScene;

namespace McpWorkers.Tests.Storage;

/// <summary>What every store keeps to: requests.</summary>
public abstract class RequestContract : ScheduleContract
{
    private IRequestStore Requests => Store.Requests;

    [Fact]
    public async Task A_request_is_found_as_it_was_asked_and_only_once_under_its_key()
    {
        var full = Request("a") with
        {
            Kind = RequestKind.Permission, TaskId = "task_1", WorkerType = "t", Tool = "Bash", Input = "{\"command\":\"a\\u0000b\"}", WorkingDirectory = "/srv", Why = "no rule",
            Options = ["yes", "n\"o"],
        };
        var (added, isNew) = await Requests.AddAsync(full);
        Assert.True(isNew);
        AssertSame(full with { Position = 1 }, added);
        AssertSame(added, await Requests.FindAsync("req_a", Token));

        var (known, again) = await Requests.AddAsync(Request("b") with { Key = full.Key });
        Assert.False(again);
        AssertSame(added, known);
        Assert.Null(await Requests.FindAsync("req_b", Token));
    }

    [Fact]
    public async Task A_request_is_decided_once_whoever_comes_first()
    {
        await Requests.AddAsync(Request("a"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(() =>
            Requests.DecideAsync("req_a", i % 2 == 0 ? RequestState.Allowed : RequestState.Denied, $"n{i}", $"by{i}", Noon.AddMinutes(1)))));
        var decided = Assert.Single(answers, answer => answer is not null)!;
        AssertSame(decided, await Requests.FindAsync("req_a", Token));
        Assert.Equal(Noon.AddMinutes(1), decided.Decided);
        Assert.Empty(await Requests.PendingAsync(Token));
        Assert.Null(await Requests.DecideAsync("req_none", RequestState.Denied, null, "x", Noon));
    }

    [Fact]
    public async Task What_was_decided_is_delivered_once_and_gone_on_with_by_one_run()
    {
        await Requests.AddAsync(Request("a"));
        Assert.False(await Requests.DeliverAsync("req_a", Noon));
        await Requests.DecideAsync("req_a", RequestState.Answered, "blue", "cli", Noon);
        Assert.True(await Requests.DeliverAsync("req_a", Noon.AddSeconds(1)));
        Assert.False(await Requests.DeliverAsync("req_a", Noon.AddSeconds(2)));
        Assert.True(await Requests.ContinueAsync("req_a", "run_2"));
        Assert.True(await Requests.ContinueAsync("req_a", "run_2"));
        Assert.False(await Requests.ContinueAsync("req_a", "run_3"));
        var found = await Requests.FindAsync("req_a", Token);
        Assert.Equal((Noon.AddSeconds(1), "run_2", "blue"), (found!.Delivered!.Value, found.ContinuedBy, found.Answer));
    }

    [Fact]
    public async Task Requests_are_listed_the_last_one_first_and_by_what_they_are()
    {
        await Requests.AddAsync(Request("a"));
        await Requests.AddAsync(Request("b") with { RunId = "run_9", Kind = RequestKind.Permission });
        await Requests.AddAsync(Request("c") with { WorkerId = "w9" });
        await Requests.AddAsync(Request("d") with { TaskId = "task_9" });
        await Requests.DecideAsync("req_a", RequestState.Denied, null, "x", Noon);

        Assert.Equal(["req_d", "req_c", "req_b", "req_a"], await IdsAsync(new()));
        Assert.Equal(["req_d", "req_c", "req_b"], await IdsAsync(new() { States = [RequestState.Pending] }));
        Assert.Equal(["req_b"], await IdsAsync(new() { Kinds = [RequestKind.Permission, RequestKind.Budget] }));
        Assert.Equal(["req_b"], await IdsAsync(new() { RunId = "run_9" }));
        Assert.Equal(["req_c"], await IdsAsync(new() { WorkerId = "w9" }));
        Assert.Equal(["req_d"], await IdsAsync(new() { TaskId = "task_9" }));
        var page = await Requests.ListAsync(new() { Limit = 3 }, Token);
        Assert.Equal(["req_a"], await IdsAsync(new() { Before = page.Next }));
        Assert.Equal(["req_b", "req_c", "req_d"], (await Requests.PendingAsync(Token)).Select(request => request.RequestId));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Requests.ListAsync(new() { Limit = 0 }, Token));
    }

    [Fact]
    public async Task Only_what_was_decided_long_ago_is_forgotten()
    {
        await Requests.AddAsync(Request("a"));
        await Requests.AddAsync(Request("b"));
        await Requests.DecideAsync("req_b", RequestState.Denied, null, "x", Noon);
        await Requests.RemoveAsync(Noon);
        Assert.Equal(["req_b", "req_a"], await IdsAsync(new()));
        await Requests.RemoveAsync(Noon.AddTicks(1));
        Assert.Equal(["req_a"], await IdsAsync(new()));
    }

    [Fact]
    public async Task The_facts_of_a_request_come_with_it_and_with_nothing_that_was_not_taken()
    {
        var told = new List<WorkerEvent>();
        Store.Committed = told.AddRange;
        var fact = new WorkerEvent(0, Noon, WorkerEventKind.RequestAsked, "w", "run_1", WorkerStatus.Running, "asks");
        await Requests.AddAsync(Request("a"), fact);
        await Requests.AddAsync(Request("a"), fact);
        await Requests.DecideAsync("req_a", RequestState.Denied, null, "x", Noon, request => fact with { Kind = WorkerEventKind.RequestDecided, Text = request.DecidedBy! });
        await Requests.DecideAsync("req_a", RequestState.Denied, null, "y", Noon, request => fact with { Kind = WorkerEventKind.RequestDecided, Text = request.DecidedBy! });
        Assert.Equal([(WorkerEventKind.RequestAsked, "asks"), (WorkerEventKind.RequestDecided, "x")], told.Select(each => (each.Kind, each.Text)));
    }

    internal static WorkerRequest Request(string name) => new()
    {
        RequestId = "req_" + name, Kind = RequestKind.Question, Key = "key " + name, RunId = "run_1", WorkerId = "w", Text = "Which\ncolour?", Digest = new('0', 64),
        Created = Noon, Expires = Noon.AddMinutes(30),
    };

    private async Task<IEnumerable<string>> IdsAsync(RequestQuery query) =>
        (await Requests.ListAsync(query, Token)).Requests.Select(request => request.RequestId);

    /// <summary>Lists are equal only where they are the same one.</summary>
    private static void AssertSame(WorkerRequest expected, WorkerRequest? found)
    {
        Assert.NotNull(found);
        Assert.Equal(expected.Options, found.Options);
        Assert.Equal(expected, found with { Options = expected.Options });
    }
}
