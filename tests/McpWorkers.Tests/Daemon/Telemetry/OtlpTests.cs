using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Daemon.Client;
using McpWorkers.Daemon.Telemetry;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Daemon.Telemetry;

/// <summary>Traces, metrics and the log, as they reach a collector.</summary>
public sealed class OtlpTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string ClientSpan = "b7ad6b7169203331";
    private const string Canary = "canary-in-a-prompt";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task A_collector_gets_the_call_its_run_and_the_tool_calls_as_one_tree_and_metrics_and_the_log()
    {
        await using var collector = await OtlpStandIn.StartAsync(Cancellation);
        using var home = new ProductHome();
        home.Set("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url);
        home.Set("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
        home.Set("OTEL_BSP_SCHEDULE_DELAY", "100");
        home.Set("OTEL_BLRP_SCHEDULE_DELAY", "100");
        home.Set("OTEL_METRIC_EXPORT_INTERVAL", "500");
        home.Set("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=tests");

        await using (var door = (await DaemonDoor.OpenAsync(RequestOf(home), Cancellation)).Stream)
        {
            using var reader = new StreamReader(door, leaveOpen: true);
            await SayAsync(door, """{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""");
            await AnswerAsync(reader, 0);
            await SayAsync(door, """{"jsonrpc":"2.0","method":"notifications/initialized"}""");
            await SayAsync(door, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"worker_spawn","arguments":{"worker_type":"simulated"}}}""");
            string worker = (await AnswerAsync(reader, 1))["result"]!["structuredContent"]!["result"]![0]!.GetValue<string>();
            await SayAsync(
                door,
                $$$$"""
                {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"worker_execute","arguments":{"worker_id":"{{{{worker}}}}","prompt":"[[pace:fast]] [[tool-open:0.2]] [[text:{{{{Canary}}}}]]"},"_meta":{"traceparent":"00-{{{{Trace}}}}-{{{{ClientSpan}}}}-01"}}}
                """);
            Assert.Equal("completed", (await AnswerAsync(reader, 2))["result"]!["structuredContent"]!["status"]!.GetValue<string>());
        }

        await collector.UntilAsync(
            got => got.Spans.Count(span => span.Trace == Trace) >= 3 && got.Metrics.Contains("mcpworkers.runs") && got.Lines.Count > 0, Limit, Cancellation);

        var spans = collector.Spans.Where(span => span.Trace == Trace).ToList();
        var call = Assert.Single(spans, span => span.Name == "tools/call worker_execute");
        var run = Assert.Single(spans, span => span.Name == "run simulated");
        Assert.Equal(ClientSpan, call.Parent);
        Assert.Equal(call.Id, run.Parent);
        Assert.All(spans.Except([call, run]), tool => Assert.Equal((run.Id, true), (tool.Parent, tool.Name.StartsWith("execute_tool ", StringComparison.Ordinal))));
        Assert.Equal("completed", run.Attributes["mcpworkers.status"]);
        Assert.StartsWith("run_", run.Attributes["mcpworkers.run_id"], StringComparison.Ordinal);
        Assert.Contains(collector.Lines, line => line.StartsWith("version ", StringComparison.Ordinal));
        Assert.Contains("deployment.environment", collector.Raw, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, collector.Raw, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_variable_nothing_of_the_libraries_is_loaded()
    {
        using var place = new DaemonPlace();
        var options = place.Options();

        var (same, telemetry) = DaemonTelemetry.Open(options, _ => null);

        Assert.Same(options, same);
        Assert.Null(telemetry);
        Assert.DoesNotContain(AppDomain.CurrentDomain.GetAssemblies(), assembly => assembly.GetName().Name!.StartsWith("OpenTelemetry", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://127.0.0.1:4317", null, false)]
    [InlineData("http://127.0.0.1:4318", null, true)]
    [InlineData("https://otlp.example.org/v1", "http/protobuf", true)]
    [InlineData("http://127.0.0.1:4318", "grpc", false)]
    public void The_protocol_is_the_one_that_is_named_else_that_of_the_port(string endpoint, string? protocol, bool speaksHttp)
    {
        var target = OtlpTarget.Of(name => name switch { OtlpTarget.Variable => endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL" => protocol, _ => null }, out string? fault);
        Assert.Equal((new OtlpTarget(new(endpoint), speaksHttp), null), (target, fault));
    }

    [Theory]
    [InlineData("not an address", null, "OTEL_EXPORTER_OTLP_ENDPOINT")]
    [InlineData("ftp://user:hush@127.0.0.1", null, "OTEL_EXPORTER_OTLP_ENDPOINT")]
    [InlineData("http://127.0.0.1:4318", "carrier-pigeon", "OTEL_EXPORTER_OTLP_PROTOCOL")]
    public void What_cannot_be_used_is_said_in_the_log_and_keeps_no_daemon_from_starting(string endpoint, string? protocol, string named)
    {
        using var place = new DaemonPlace();

        var (options, telemetry) = DaemonTelemetry.Open(
            place.Options(), name => name switch { OtlpTarget.Variable => endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL" => protocol, _ => null });

        Assert.Null(telemetry);
        string note = Assert.Single(options.Notes);
        Assert.StartsWith(named, note, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", note, StringComparison.Ordinal);
    }

    private static DoorRequest RequestOf(ProductHome home) => new()
    {
        DataDirectory = home.Data,
        ConfigPath = home.Config,
        Kind = "mcp",
        Program = [ProductPaths.Executable],
        WorkingDirectory = home.Work,
        Environment = home.Environment,
        Patience = Limit,
    };

    private static Task SayAsync(Stream door, string line) => door.WriteAsync(Encoding.UTF8.GetBytes(line.Trim() + "\n"), Cancellation).AsTask().WaitAsync(Limit, Cancellation);

    private static async Task<JsonNode> AnswerAsync(StreamReader reader, int id)
    {
        while (await reader.ReadLineAsync(Cancellation).AsTask().WaitAsync(Limit, Cancellation) is { } line)
        {
            var message = JsonNode.Parse(line)!;
            if (message["id"]?.GetValue<int>() == id)
            {
                return message;
            }
        }

        throw new Xunit.Sdk.XunitException($"No answer to {id} came.");
    }
}
