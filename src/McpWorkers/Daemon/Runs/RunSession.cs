using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp;

namespace McpWorkers.Daemon;

/// <summary>
/// The daemon's side of a connection of a run's own server: JSON-RPC in lines, a few methods, several at once. No MCP is spoken here, so that
/// there is nothing to be reached beside those methods. Whatever comes in is answered: an agent may write to it what it likes. One that does not
/// read its answers is not read any further.
/// </summary>
/// <param name="output">Where answers go.</param>
/// <param name="log">For faults of ours.</param>
internal sealed class RunSession(Stream output, IReadOnlyDictionary<string, SessionMethod> methods, Action<string> log) : IDisposable
{
    /// <summary>An input of 256 KiB, twice escaped.</summary>
    public const int LineBytesMax = 2 * 1024 * 1024;

    private const int InHandMax = 64;

    /// <summary>Calls in hand, and with them those whose answers nobody reads: beyond that nothing more is read either.</summary>
    private const int UnreadMax = 2 * InHandMax;
    private const int RefusedCode = -32010;
    private const int ParseErrorCode = -32700;
    private const int InvalidRequestCode = -32600;
    private const int InvalidParamsCode = -32602;
    private const int InternalErrorCode = -32603;

    // What is given twice would be read by one as this and by another as that.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

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
            while (await ReadAsync(input, stop.Token) is { } line)
            {
                if (await ParseAsync(line, stop.Token) is not var (request, method))
                {
                    continue;
                }

                if (method == Cancel)
                {
                    await CancelAsync(request);
                }
                else if (_calls.Count >= InHandMax)
                {
                    await WriteAsync(Error(request["id"], RefusedCode, $"More than {InHandMax} calls at once."), stop.Token);
                }
                else
                {
                    await UntilReadAsync(calls, stop.Token);
                    calls.Add(AnswerAsync(request, method, stop.Token));
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(calls);
        }
    }

    public void Dispose() => _writing.Dispose();

    /// <summary>Waits while too many answers wait to be read. Fewer calls than that may be held, so that what ends first is one whose answer is taken.</summary>
    private static async Task UntilReadAsync(List<Task> calls, CancellationToken cancellationToken)
    {
        calls.RemoveAll(call => call.IsCompleted);
        while (calls.Count >= UnreadMax)
        {
            await Task.WhenAny(calls).WaitAsync(cancellationToken);
            calls.RemoveAll(call => call.IsCompleted);
        }
    }

    /// <summary>The next line; empty for one that was too long, which is answered here. Null at the end.</summary>
    private async Task<string?> ReadAsync(SocketStream input, CancellationToken cancellationToken)
    {
        try
        {
            return await input.ReadLineAsync(LineBytesMax, cancellationToken);
        }
        catch (InvalidDataException)
        {
            bool goesOn = await input.SkipLineAsync(cancellationToken);
            await WriteAsync(Error(null, InvalidRequestCode, $"A message of more than {LineBytesMax} bytes: it was not read."), cancellationToken);
            return goesOn ? "" : null;
        }
    }

    /// <summary>Null where it is no call, which is answered here.</summary>
    private async Task<(JsonObject Request, string Method)?> ParseAsync(string line, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return null;
        }

        JsonNode? id = null;
        try
        {
            var node = JsonNode.Parse(line, documentOptions: Strict);
            id = (node as JsonObject)?["id"];
            if (node is JsonObject request && request["method"] is JsonValue value && value.TryGetValue(out string? method))
            {
                return (request, method);
            }

            await WriteAsync(Error(id, InvalidRequestCode, "This is no call: an object with a text 'method' is needed."), cancellationToken);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The latter for a text that is none, such as with half a pair of surrogates.
            await WriteAsync(Error(id, ParseErrorCode, "This is no JSON, or says something twice."), cancellationToken);
        }

        return null;
    }

    private async Task CancelAsync(JsonObject notice)
    {
        if (_calls.TryGetValue(IdOf((notice["params"] as JsonObject)?["id"]), out var call))
        {
            await call.CancelAsync();
        }
    }

    private async Task AnswerAsync(JsonObject request, string method, CancellationToken stopping)
    {
        using var call = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        JsonObject answer;
        string id = IdOf(request["id"]);
        bool isNew = _calls.TryAdd(id, call);
        await Task.Yield();
        try
        {
            if (!isNew)
            {
                throw new RefusedException(RefusalCode.LimitReached, "A call of the same id is in hand.");
            }

            answer = new() { ["jsonrpc"] = "2.0", ["id"] = request["id"]?.DeepClone(), ["result"] = await CallAsync(request, method, call.Token) };
        }
        catch (RefusedException refused)
        {
            answer = Error(request["id"], refused.Code == RefusalCode.InvalidArgument ? InvalidParamsCode : RefusedCode, refused.Message);
        }
        catch (OperationCanceledException) when (call.IsCancellationRequested)
        {
            return;
        }
#pragma warning disable CA1031 // The edge: one call's fault is not the others', which wait on the same connection.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log($"{method} of a run failed: {e}");
            answer = Error(request["id"], InternalErrorCode, $"An internal fault of the daemon ({e.GetType().Name}); its log says more.");
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

    private Task<JsonObject> CallAsync(JsonObject request, string method, CancellationToken cancellationToken) =>
        !methods.TryGetValue(method, out var call) ? throw new RefusedException(RefusalCode.Forbidden, "A run may only ask, report and share.")
        : request["params"] is { } parameters and not JsonObject ? throw new RefusedException(RefusalCode.InvalidArgument, $"{method}: params must be an object, and is {parameters.GetValueKind()}.")
        : call(request["params"] as JsonObject ?? [], cancellationToken);

    private static JsonObject Error(JsonNode? id, int code, string message) => new()
    {
        ["jsonrpc"] = "2.0",
        ["id"] = id?.DeepClone(),
        ["error"] = new JsonObject { ["code"] = code, ["message"] = message },
    };

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
