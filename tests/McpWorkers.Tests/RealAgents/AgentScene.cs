using System.Text.Json.Nodes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.RealAgents;

/// <summary>Commands of a person beside a real agent that is at work.</summary>
internal static class AgentScene
{
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(150);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<string> SpawnAsync(ProductHome home, string agent)
    {
        var spawned = await RunAsync(home, "workers", "spawn", "--type", RealAgent.Of(agent).WorkerType);
        Assert.True(spawned.ExitCode == 0, spawned.ToString());
        return spawned.Stdout.Trim();
    }

    public static Task<CommandEnd> RunAsync(ProductHome home, params string[] arguments) => ProductInside.RunAsync(home, CommandLimit, arguments);

    public static JsonObject ResultOf(CommandEnd end)
    {
        Assert.True(end.Stdout.Contains('{', StringComparison.Ordinal), end.ToString());
        return JsonNode.Parse(end.Stdout)!.AsObject();
    }

    /// <summary>So many requests that wait for an answer.</summary>
    public static async Task<IReadOnlyList<JsonObject>> PendingAsync(ProductHome home, int count)
    {
        JsonObject[] found = [];
        await UntilAsync(async () =>
        {
            var listed = await RunAsync(home, "requests", "list", "--json");
            Assert.True(listed.ExitCode == 0, listed.ToString());
            found = [.. JsonNode.Parse(listed.Stdout)!["requests"]!.AsArray().Select(request => request!.AsObject())];
            return found.Length >= count;
        });
        return found;
    }

    /// <summary>The pools that are held.</summary>
    public static async Task<JsonArray> HeldAsync(ProductHome home) =>
        JsonNode.Parse((await RunAsync(home, "workers", "health", "--json")).Stdout)!["held_pools"]!.AsArray();

    /// <summary>claude as with a plan that its owner pays by the month: only then it tells of that plan's limits.</summary>
    public static JsonObject AsSubscriber(JsonObject type)
    {
        var variables = type["environment"]!.AsObject();
        variables.Remove("ANTHROPIC_API_KEY");
        variables["CLAUDE_CODE_OAUTH_TOKEN"] = "sk-ant-oat01-made-up-000000000000";
        return type;
    }

    /// <param name="running">Asks; null where nobody waits for its end.</param>
    public static async Task<JsonObject> PendingAsync(ProductHome home, Task<CommandEnd>? running = null)
    {
        JsonObject? found = null;
        await UntilAsync(async () =>
        {
            Assert.False(running is { IsCompleted: true }, running is { IsCompletedSuccessfully: true } ended ? ended.Result.ToString() : "");
            var listed = await RunAsync(home, "requests", "list", "--json");
            Assert.True(listed.ExitCode == 0, listed.ToString());
            found = JsonNode.Parse(listed.Stdout)!["requests"]!.AsArray().FirstOrDefault()?.AsObject();
            return found is not null;
        });
        return found!;
    }

    public static async Task<JsonObject> ResultAsync(ProductHome home, string worker)
    {
        JsonObject? result = null;
        await UntilAsync(async () =>
        {
            var collected = await RunAsync(home, "workers", "collect", worker, "--json");
            result = JsonNode.Parse(collected.Stdout)?[worker]?.AsObject() ?? JsonNode.Parse(collected.Stdout)?["results"]?[worker]?.AsObject();
            return (string?)result?["status"] is "completed" or "failed" or "cancelled" or "timeout";
        });
        return result!;
    }

    public static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(90));
        while (!await isSo())
        {
            await Task.Delay(200, patience.Token);
        }
    }
}
