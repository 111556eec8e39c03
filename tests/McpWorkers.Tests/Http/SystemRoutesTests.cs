using McpWorkers.Engine.Storage;
using Xunit;

namespace McpWorkers.Tests.Http;

/// <summary>What the machine and the daemon use, over HTTP.</summary>
public sealed class SystemRoutesTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_reader_sees_machine_daemon_workers_and_history()
    {
        await using var door = await OpenDoor.StartAsync();
        using var reader = door.NewClient(await door.AddTokenAsync("reader", TokenScope.Read));

        var system = System.Text.Json.Nodes.JsonNode.Parse(await reader.GetStringAsync("/api/v1/system", TestContext.Current.CancellationToken))!;

        Assert.Equal(Environment.ProcessorCount, system["machine"]!["processors"]!.GetValue<int>());
        Assert.True(system["daemon"]!["memory_bytes"]!.GetValue<long>() > 0);
        Assert.True(system["uptime_seconds"]!.GetValue<double>() >= 0);
        Assert.Empty(system["workers"]!.AsObject());
        var point = Assert.Single(system["history"]!.AsArray())!;
        Assert.Equal(["time", "cpu_percent", "memory_used_bytes", "running"], point.AsObject().Select(field => field.Key));
        Assert.Equal(system["time"]!.GetValue<string>(), point["time"]!.GetValue<string>());
    }
}
