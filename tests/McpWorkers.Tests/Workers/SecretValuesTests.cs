using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Workers.Runs;
using McpWorkers.Tests.Workers.Hosting;
using Xunit;

namespace McpWorkers.Tests.Workers;

public sealed class SecretValuesTests
{
    private const string Canary = "canary-5f1c9e7ab3d2";

    [Theory]
    [InlineData("ANTHROPIC_API_KEY", Canary, "key: ***")]
    [InlineData("MY_PASSWORD", Canary, "key: ***")]
    [InlineData("COLOUR", Canary, "key: canary-5f1c9e7ab3d2")]
    [InlineData("SSH_AUTH_SOCK", "/run/agent.sock", "key: canary-5f1c9e7ab3d2")]
    [InlineData("SHORT_TOKEN", "canary", "key: canary-5f1c9e7ab3d2")]
    public void Values_of_variables_that_hold_secrets_are_masked(string name, string value, string masked) =>
        Assert.Equal(masked, SecretValues.Of([KeyValuePair.Create(name, value)], []).Mask($"key: {Canary}"));

    [Fact]
    public void A_secret_in_base64_is_masked_whatever_follows_it()
    {
        var secrets = SecretValues.Of([KeyValuePair.Create("KEY_OF_SOMEBODY", Canary)], ["KEY_OF_SOMEBODY"]);

        Assert.DoesNotContain("Y2FuYXJ5", secrets.Mask(Convert.ToBase64String(Encoding.UTF8.GetBytes(Canary))), StringComparison.Ordinal);
        Assert.DoesNotContain("Y2FuYXJ5", secrets.Mask(Convert.ToBase64String(Encoding.UTF8.GetBytes(Canary + "\n"))), StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task What_an_agent_says_of_its_secrets_is_nowhere_but_in_its_run_directory()
    {
        await using var host = new DurableHost();
        var manager = await host.OpenAsync(("leaks", "read x; echo \"it is $SOME_TOKEN\"; echo $SOME_TOKEN >&2; exit 3"));
        var caller = new Caller
        {
            WorkingDirectory = host.Data,
            Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["SOME_TOKEN"] = Canary },
        };
        string worker = (await manager.As(caller).SpawnAsync(new() { WorkerType = "leaks" })).Single();

        var result = await manager.ExecuteAsync(worker, "go");

        Assert.Equal(WorkerStatus.Failed, result.Status);
        Assert.DoesNotContain(Canary, result.ToJson().ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, manager.List().Single().Activity, StringComparison.Ordinal);
        string runId = (string)result.Metadata["run_id"]!;
        var log = await manager.ReadLogAsync(runId, 0);
        Assert.Contains(log.Lines, line => line.Text.Contains("it is ***", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, line => line.Text.Contains(Canary, StringComparison.Ordinal));
        await host.LeaveAsync();
        var holders = Directory.EnumerateFiles(host.Data, "*", SearchOption.AllDirectories)
            .Where(file => Encoding.Latin1.GetString(File.ReadAllBytes(file)).Contains(Canary, StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(host.Data, file));
        Assert.Equal(
            [Path.Combine("runs", runId, "secrets.json"), Path.Combine("runs", runId, "stderr.log"), Path.Combine("runs", runId, "stdout.ndjson"), Path.Combine("workers", worker, "worker.json")],
            holders.Order(StringComparer.Ordinal));
    }
}
