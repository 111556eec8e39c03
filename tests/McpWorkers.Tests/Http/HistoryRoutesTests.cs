using System.Net;
using Xunit;

namespace McpWorkers.Tests.Http;

/// <summary>What was, by REST.</summary>
public sealed class HistoryRoutesTests
{
    [Fact(Timeout = 60_000)]
    public async Task Runs_totals_and_facts_are_asked_for_by_query()
    {
        await using var door = await OpenDoor.StartAsync();
        string id = await door.Server.SpawnAsync();
        using var one = await door.PostAsync($"/api/v1/workers/{id}/execute", """{"prompt":"one"}""");
        using var two = await door.PostAsync($"/api/v1/workers/{id}/execute", """{"prompt":"!exit 3"}""");

        var page = (await door.GetAsync("/api/v1/runs?limit=1&type=echo&since=1h"))!;
        var older = (await door.GetAsync($"/api/v1/runs?limit=1&before={page["next_before"]!.GetValue<string>()}"))!;
        var totals = (await door.GetAsync("/api/v1/totals?by=type&since=2020-01-01T00:00:00%2B02:00"))!;
        var facts = (await door.GetAsync($"/api/v1/facts?worker_id={id}&after=0&limit=2"))!;
        var rest = (await door.GetAsync($"/api/v1/facts?after={facts["last"]!.GetValue<long>()}&wait_seconds=5"))!;

        Assert.Equal("failed", page["runs"]![0]!["status"]!.GetValue<string>());
        Assert.Equal("completed", older["runs"]![0]!["status"]!.GetValue<string>());
        Assert.True((double)older["runs"]![0]!["duration_seconds"]! >= 0);
        Assert.Null(older["next_before"]);
        Assert.Equal(("echo", 2, 1), ((string?)totals["rows"]![0]!["key"], (int)totals["total"]!["runs"]!, (int)totals["total"]!["failed"]!));
        Assert.Equal(["spawned", "queued"], facts["events"]!.AsArray().Select(fact => fact!["kind"]!.GetValue<string>()));
        Assert.Equal("echo", facts["events"]![0]!["worker_type"]!.GetValue<string>());
        Assert.Equal("settled", rest["events"]!.AsArray()[^1]!["kind"]!.GetValue<string>());
    }

    [Fact(Timeout = 60_000)]
    public async Task What_was_spent_today_is_shown_by_pool()
    {
        await using var door = await OpenDoor.StartAsync(host: settings => settings with { Budgets = new() { Day = new() { Turns = 7 } } });
        string id = await door.Server.SpawnAsync();
        using var one = await door.PostAsync($"/api/v1/workers/{id}/execute", """{"prompt":"one"}""");

        var today = (await door.GetAsync("/api/v1/budgets"))!;

        Assert.Equal("""{"turns":7}""", today["bound"]!.ToJsonString());
        Assert.Equal("{}", today["granted"]!.ToJsonString());
        Assert.Equal("echo", Assert.Single(today["pools"]!.AsArray())!["pool"]!.GetValue<string>());
        Assert.False(today["spent"]!["is_estimate"]!.GetValue<bool>());
    }

    [Theory(Timeout = 60_000)]
    [InlineData("/api/v1/runs?since=yesterday", "since is 'yesterday'")]
    [InlineData("/api/v1/runs?until=-1h", "until is '-1h'")]
    [InlineData("/api/v1/runs?limit=1001", "limit is '1001'")]
    [InlineData("/api/v1/runs?status=done", "status is 'done'")]
    [InlineData("/api/v1/totals?by=month", "by is 'month'")]
    [InlineData("/api/v1/facts?after=x", "after is 'x'")]
    public async Task A_question_that_makes_no_sense_is_refused_with_what_is_allowed(string address, string message)
    {
        await using var door = await OpenDoor.StartAsync();
        using var answer = await door.Client.GetAsync(new Uri(address, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(message, (await OpenDoor.BodyAsync(answer))!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }
}
