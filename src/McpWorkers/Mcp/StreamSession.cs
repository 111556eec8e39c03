using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using Microsoft.Extensions.Logging.Abstractions;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

#pragma warning disable MCPEXP002 // Methods of our own beside those of the protocol: what these hooks are for.

namespace McpWorkers.Mcp;

/// <summary>A method beside those of MCP: parameters in, result out. What it refuses becomes an error of the protocol.</summary>
internal delegate Task<JsonObject> SessionMethod(JsonObject parameters, CancellationToken cancellationToken);

/// <summary>
/// The server's side of one stream. At the end of its input everything that was read is answered first; a client that is gone stops no run.
/// </summary>
internal sealed class StreamSession
{
    /// <summary>How often a client that sends nothing more is looked at.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    /// <summary>Application errors of JSON-RPC that the protocol leaves to implementations.</summary>
    private const int RefusedCode = -32010;

    /// <summary>More than the workers that a machine may hold, so that it is met by faults alone.</summary>
    private const int InHandMax = 2000;

    private readonly Stream _stream;
    private readonly McpServerFactory _servers;
    private readonly IReadOnlyDictionary<string, SessionMethod> _methods;
    private readonly Caller _caller;
    private readonly IReadOnlyList<string>? _toolSets;
    private readonly OpenRequests _requests;
    private readonly Func<bool> _isPeerGone;
    private int _inHand;

    /// <param name="stream">Duplex; stays open.</param>
    /// <param name="toolSets">Those that the client chose; null where it chose none.</param>
    /// <param name="methods">By name.</param>
    /// <param name="isPeerGone">Whether nobody is left to read answers, though the stream is open.</param>
    public StreamSession(
        Stream stream, McpServerFactory servers, Caller caller, IReadOnlyList<string>? toolSets, IReadOnlyDictionary<string, SessionMethod> methods, Func<bool> isPeerGone, TimeProvider time)
    {
        _stream = stream;
        _servers = servers;
        _methods = methods;
        _caller = caller;
        _toolSets = toolSets;
        _isPeerGone = isPeerGone;
        _requests = new OpenRequests(time);
    }

    /// <summary>Serves until the client has ended and has its answers, or is gone, or until cancelled. Whoever waits for a run then waits no more; the run goes on.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        WorkerServer? started = null;
        var input = new EndOfInput(_stream, _requests, () => FinishAsync(stop), RefuseAsync);
        await using var transport = new StreamServerTransport(input, _stream, "mcpworkers", NullLoggerFactory.Instance);
        await using var server = _servers.Create(transport, _caller, AddTo, _toolSets);
        started = server;
        try
        {
            await server.RunAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end of input, or whoever runs us.
        }

        Task RefuseAsync(JsonRpcError refusal) => started?.Server.SendMessageAsync(refusal, stop.Token) ?? Task.CompletedTask;
    }

    /// <summary>Waits until what was read has its answer, at most so long.</summary>
    public Task WaitForAnswersAsync(TimeSpan limit) => _requests.WaitAsync(limit, CancellationToken.None);

    /// <summary>Whether so much is in hand that nothing more is to be read: a client that asks and asks without listening must not fill the memory.</summary>
    public bool IsFull => Volatile.Read(ref _inHand) >= InHandMax;

    private void AddTo(McpServerOptions options)
    {
        _requests.Watch(options);
        options.Filters.Message.IncomingFilters.Add(next => async (context, cancellationToken) =>
        {
            Interlocked.Increment(ref _inHand);
            try
            {
                await next(context, cancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref _inHand);
            }
        });
        options.RequestHandlers = [.. options.RequestHandlers ?? [], .. _methods.Select(method => Handler(method.Key, method.Value))];
    }

    private async Task FinishAsync(CancellationTokenSource stop)
    {
        try
        {
            // Every run has a time-out of its own, so that this ends.
            while (!_isPeerGone() && !await _requests.WaitAsync(Look, stop.Token))
            {
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Ended from outside meanwhile.
        }

        await stop.CancelAsync();
    }

    private static McpServerRequestHandler Handler(string name, SessionMethod method) => new()
    {
        Method = name,
        Handler = async (request, cancellationToken) =>
        {
            try
            {
                return await method(request.Params as JsonObject ?? [], cancellationToken);
            }
            catch (RefusedException refused)
            {
                throw new McpProtocolException(refused.Message, (McpErrorCode)(refused.Code == RefusalCode.InvalidArgument ? (int)McpErrorCode.InvalidParams : RefusedCode));
            }
        },
    };
}
