using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Daemon.Client;

/// <summary>Asks the daemon about itself: single requests, without a session of MCP.</summary>
internal sealed class DaemonControl(OpenDoor door, TimeProvider time)
{
    private const int AnswerBytesMax = 4 * 1024 * 1024;

    /// <summary>For what is answered at once.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private int _ids;

    public Task<JsonObject> StatusAsync(CancellationToken cancellationToken) => AskAsync(DaemonMethods.Status, [], Soon, cancellationToken);

    /// <param name="mode"><c>refuse</c>, <c>drain</c> or <c>force</c>.</param>
    /// <param name="limit">Draining waits as long as the runs take.</param>
    public Task<JsonObject> StopAsync(string mode, TimeSpan limit, CancellationToken cancellationToken) =>
        AskAsync(DaemonMethods.Stop, new() { ["mode"] = mode }, limit, cancellationToken);

    /// <summary>Has it leave; its runs go on.</summary>
    public async Task ReplaceAsync(bool restart, CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync(DaemonMethods.Replace, new() { ["reason"] = restart ? "restarting" : "replaced" }, Soon, cancellationToken);
        }
        catch (IOException)
        {
            // Somebody else has asked before, and it is gone.
        }
    }

    /// <summary>One request and its answer.</summary>
    /// <exception cref="RefusedException">The daemon refuses, or does not answer in time.</exception>
    /// <exception cref="IOException">The daemon went away.</exception>
    public async Task<JsonObject> AskAsync(string method, JsonObject parameters, TimeSpan limit, CancellationToken cancellationToken)
    {
        int id = ++_ids;
        var request = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method, ["params"] = parameters };
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = time.CreateTimer(_ => bound.CancelAsync(), null, limit, Timeout.InfiniteTimeSpan);
        try
        {
            await door.Stream.WriteLineAsync(request.ToJsonString(), bound.Token);
            while (await door.Stream.ReadLineAsync(AnswerBytesMax, bound.Token) is { } line)
            {
                if (JsonNode.Parse(line) is JsonObject answer && answer["id"] is JsonValue answered && answered.TryGetValue(out int number) && number == id)
                {
                    return answer["result"] as JsonObject
                        ?? throw new RefusedException(RefusalCode.InvalidArgument, (string?)answer["error"]?["message"] ?? "The daemon gave no reason.");
                }
            }

            throw new IOException($"The daemon (pid {door.Daemon.Pid}) went away before it answered.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RefusedException(
                RefusalCode.Unsupported, $"The daemon (pid {door.Daemon.Pid}) did not answer within {limit.TotalSeconds:0} s. See its log: mcpworkers daemon logs.");
        }
        catch (JsonException e)
        {
            throw new IOException($"What the daemon (pid {door.Daemon.Pid}) said is no JSON.", e);
        }
    }
}
