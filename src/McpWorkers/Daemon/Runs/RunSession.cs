using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp;

namespace McpWorkers.Daemon;

/// <summary>
/// The daemon's side of a connection of a run's own server: JSON-RPC in lines, a few methods, several at once. No MCP is spoken here, so that
/// there is nothing to be reached beside those methods.
/// </summary>
/// <param name="output">Where answers go.</param>
internal sealed class RunSession(Stream output, IReadOnlyDictionary<string, SessionMethod> methods) : IDisposable
{
    /// <summary>An input of 256 KiB, twice escaped.</summary>
    public const int LineBytesMax = 2 * 1024 * 1024;

    private const int InHandMax = 64;
    private const int RefusedCode = -32010;

    /// <summary>A notice that nobody waits for a call any more: <c>{id}</c>.</summary>
    public const string Cancel = "run/cancel";

    private readonly SemaphoreSlim _writing = new(1);
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _calls = [];

    /// <summary>Serves until the other side ends, or until cancelled. Whoever waits for an answer then waits no more; what was asked stays asked.</summary>
    public async Task RunAsync(SocketStream input, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var calls = new List<Task>();
        try
        {
            while (await input.ReadLineAsync(LineBytesMax, stop.Token) is { } line)
            {
                calls.RemoveAll(call => call.IsCompleted);
                if (TryParse(line) is not { } request)
                {
                    continue;
                }

                if (request["method"] is JsonValue method && method.TryGetValue(out string? name) && name == Cancel)
                {
                    await CancelAsync(request);
                }
                else
                {
                    calls.Add(AnswerAsync(request, stop.Token));
                }
            }
        }
        catch (InvalidDataException)
        {
            // A line without an end: nothing after it can be told apart.
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(calls);
        }
    }

    public void Dispose() => _writing.Dispose();

    private static JsonObject? TryParse(string line)
    {
        try
        {
            return JsonNode.Parse(line) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task CancelAsync(JsonObject notice)
    {
        if (_calls.TryGetValue(IdOf(notice["params"]?["id"]), out var call))
        {
            await call.CancelAsync();
        }
    }

    private async Task AnswerAsync(JsonObject request, CancellationToken stopping)
    {
        using var call = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var answer = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = request["id"]?.DeepClone() };
        string id = IdOf(request["id"]);
        bool isNew = _calls.TryAdd(id, call);
        await Task.Yield();
        try
        {
            if (!isNew || _calls.Count > InHandMax)
            {
                throw new RefusedException(RefusalCode.LimitReached, $"More than {InHandMax} calls at once, or the same one twice.");
            }

            answer["result"] = await CallAsync(request, call.Token);
        }
        catch (RefusedException refused)
        {
            answer["error"] = new JsonObject { ["code"] = RefusedCode, ["message"] = refused.Message };
        }
        catch (OperationCanceledException) when (call.IsCancellationRequested)
        {
            return;
        }
        finally
        {
            if (isNew)
            {
                _calls.TryRemove(id, out _);
            }
        }

        await WriteAsync(answer, stopping);
    }

    private static string IdOf(JsonNode? id) => id?.ToJsonString() ?? "";

    private Task<JsonObject> CallAsync(JsonObject request, CancellationToken cancellationToken) =>
        request["method"] is JsonValue name && name.TryGetValue(out string? method) && methods.TryGetValue(method, out var call)
            ? call(request["params"] as JsonObject ?? [], cancellationToken)
            : throw new RefusedException(RefusalCode.Forbidden, "A run may only ask, report and share.");

    private async Task WriteAsync(JsonObject answer, CancellationToken cancellationToken)
    {
        try
        {
            await _writing.WaitAsync(cancellationToken);
            try
            {
                await output.WriteAsync(Encoding.UTF8.GetBytes(answer.ToJsonString() + "\n"), cancellationToken);
            }
            finally
            {
                _writing.Release();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Nobody is there to be told, or this host leaves; the other side asks again.
        }
    }
}
