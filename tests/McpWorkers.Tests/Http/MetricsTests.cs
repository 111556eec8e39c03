using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Storage;
using McpWorkers.Http.Metrics;
using McpWorkers.Engine.Tasks;
using McpWorkers.Tests.Mcp.Queue;
using McpWorkers.Tests.Product;
using McpWorkers.Tests.RealAgents;
using Xunit;

namespace McpWorkers.Tests.Http;

/// <summary>The figures for Prometheus.</summary>
public sealed class MetricsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task What_happened_is_counted_once_and_under_bounded_labels()
    {
        await using var door = await OpenDoor.StartAsync();
        string good = await RunAsync(door, "héllo");
        string bad = await RunAsync(door, "!exit 3");
        using (var missing = await door.Client.GetAsync($"/api/v1/workers/{new string('x', 300)}", Cancellation))
        using (var nowhere = await door.Client.GetAsync("/nowhere/" + good, Cancellation))
        {
            Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, nowhere.StatusCode);
        }

        string text = await door.Client.GetStringAsync("/metrics", Cancellation);

        Assert.Contains("mcpworkers_runs_total{worker_type=\"echo\",status=\"completed\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("mcpworkers_runs_total{worker_type=\"echo\",status=\"failed\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("mcpworkers_run_duration_seconds_count{worker_type=\"echo\",status=\"completed\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("mcpworkers_run_duration_seconds_bucket{worker_type=\"echo\",status=\"completed\",le=\"+Inf\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("mcpworkers_tool_calls_total{tool=\"worker_execute\",door=\"http\",end=\"ok\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("mcpworkers_http_requests_total{method=\"POST\",route=\"/api/v1/workers/{worker_id}/execute\",status=\"200\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("mcpworkers_http_requests_total{method=\"GET\",route=\"other\",status=\"404\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("mcpworkers_workers{status=\"failed\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("mcpworkers_runs_slots ", text, StringComparison.Ordinal);
        Assert.Contains("mcpworkers_orphans_killed_total 0\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("term_", text, StringComparison.Ordinal);
        Assert.DoesNotContain("xxx", text, StringComparison.Ordinal);
        Assert.DoesNotContain(bad, text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Tasks_are_counted_by_status_and_their_attempts_by_outcome()
    {
        await using var door = await OpenDoor.StartAsync(host: QueueScene.Settings, queue: true);
        var tasks = door.Tasks!;
        var ids = await tasks.AddAsync([new() { Prompt = "one", Role = "docs" }, new() { Prompt = "!exit 3", Role = "docs" }], Cancellation);
        foreach (var added in ids)
        {
            await tasks.WaitAsync(added.Task.TaskId, TimeSpan.FromSeconds(20), Cancellation);
        }

        await tasks.PauseAsync();
        await tasks.AddAsync(new TaskRequest { Prompt = "waits", Role = "docs" }, Cancellation);
        string text = await door.Client.GetStringAsync("/metrics", Cancellation);

        Assert.Contains("mcpworkers_tasks_total{role=\"docs\",status=\"completed\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("mcpworkers_tasks_total{role=\"docs\",status=\"failed\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("mcpworkers_task_attempts_total{role=\"docs\",outcome=\"completed\"} 1\n", text, StringComparison.Ordinal);
        Assert.Matches("mcpworkers_task_attempts_total{role=\"docs\",outcome=\"failed\"} [1-9]", text);
        Assert.Contains("mcpworkers_tasks_open{status=\"waiting\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("mcpworkers_tasks_open{status=\"running\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("mcpworkers_queue_paused 1\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("task_0", text, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task They_are_for_whoever_may_read()
    {
        await using var door = await OpenDoor.StartAsync();
        using var reader = door.NewClient(await door.AddTokenAsync("reader", TokenScope.Read));
        using var stranger = door.NewClient(null);

        using var read = await reader.GetAsync("/metrics", Cancellation);
        using var refused = await stranger.GetAsync("/metrics", Cancellation);

        Assert.Equal(MetricText.ContentType, read.Content.Headers.ContentType!.ToString());
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains("route=\"other\",status=\"401\"", await reader.GetStringAsync("/metrics", Cancellation), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Promtool_finds_nothing_to_say_about_them()
    {
        string? promtool = ExecutableFinder.Find("promtool") ?? ExecutableFinder.Find(Path.Combine(Path.GetDirectoryName(ProductPaths.Node)!, "promtool"));
        if (promtool is null)
        {
            Needs.Missing("promtool is neither on PATH nor in .tools/bin; ./test.sh puts it there.");
        }

        await using var door = await OpenDoor.StartAsync(host: QueueScene.Settings, queue: true);
        await RunAsync(door, "once");
        string text = await door.Client.GetStringAsync("/metrics", Cancellation);

        var end = await CommandRunner.RunAsync(
            new CommandSpec { Executable = promtool!, Arguments = ["check", "metrics"], Stdin = Encoding.UTF8.GetBytes(text), Timeout = TimeSpan.FromSeconds(30) }, Cancellation);

        Assert.Equal((0, ""), (end.ExitCode, Encoding.UTF8.GetString(end.Stdout.Span) + end.Stderr));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_sample_dashboard_asks_for_figures_that_there_are()
    {
        await using var door = await OpenDoor.StartAsync();
        var names = new HashSet<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (ReferenceEquals(instrument.Meter, door.Server.Manager.Meter.Meter))
                {
                    names.Add(new MetricFamily(instrument).Name);
                }
            },
        };
        listener.Start();

        string dashboard = await File.ReadAllTextAsync(Path.Combine(RepositoryFiles.Root, "samples/grafana/dashboard.json"), Cancellation);
        var asked = Regex.Matches(dashboard, "mcpworkers_[a-z_]+").Select(match => match.Value.Replace("_bucket", "", StringComparison.Ordinal)).Distinct().ToList();

        Assert.True(asked.Count > 15);
        Assert.Empty(asked.Except(names));
    }

    [Fact]
    public void Names_labels_and_series_are_as_the_format_wants_them()
    {
        using var meter = new Meter("tests");
        using var other = new Meter("tests");
        using var store = new MetricStore(meter);
        var counter = meter.CreateCounter<long>("a.b", "By", "said \"so\"\nhere");
        other.CreateCounter<long>("foreign").Add(1);
        counter.Add(2, KeyValuePair.Create<string, object?>("name", "a\"b\\c\nd"));
        counter.Add(3, KeyValuePair.Create<string, object?>("name", "a\"b\\c\nd"));
        meter.CreateHistogram("h", "s", "took", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2.5] }).Record(2);
        bool isThere = true;
        meter.CreateObservableGauge("g", () => isThere ? [new Measurement<double>(0.5)] : Enumerable.Empty<Measurement<double>>(), "1", "now");

        string first = store.Read();
        isThere = false;
        string second = store.Read();
        for (int i = 0; i < 2 * MetricFamily.SeriesMax; i++)
        {
            counter.Add(1, KeyValuePair.Create<string, object?>("name", i));
        }

        Assert.Equal(
            """
            # HELP a_b_bytes_total said "so"\nhere
            # TYPE a_b_bytes_total counter
            a_b_bytes_total{name="a\"b\\c\nd"} 5
            # HELP g_ratio now
            # TYPE g_ratio gauge
            g_ratio 0.5
            # HELP h_seconds took
            # TYPE h_seconds histogram
            h_seconds_bucket{le="1"} 0
            h_seconds_bucket{le="2.5"} 1
            h_seconds_bucket{le="+Inf"} 1
            h_seconds_sum 2
            h_seconds_count 1

            """.ReplaceLineEndings("\n"),
            first);
        Assert.DoesNotContain("g_ratio", second, StringComparison.Ordinal);
        Assert.Equal(MetricFamily.SeriesMax, store.Read().Split('\n').Count(line => line.StartsWith("a_b_bytes_total{", StringComparison.Ordinal)));
    }

    /// <summary>Runs a prompt on the door's one worker, and gives the run's id.</summary>
    private static async Task<string> RunAsync(OpenDoor door, string prompt)
    {
        string id = door.Server.Manager.List() is [var one, ..] ? one.WorkerId : await door.Server.SpawnAsync();
        using var executed = await door.PostAsync($"/api/v1/workers/{id}/execute", new System.Text.Json.Nodes.JsonObject { ["prompt"] = prompt }.ToJsonString());
        return (await OpenDoor.BodyAsync(executed))!["metadata"]!["run_id"]!.GetValue<string>();
    }
}
