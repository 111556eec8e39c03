using System.Collections.Concurrent;
using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Http;

namespace McpWorkers.Tests.Daemon.Telemetry;

/// <summary>A collector on loopback that keeps what it is sent by OTLP over HTTP, and reads of it what the tests ask for.</summary>
internal sealed class OtlpStandIn : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _taken = new();
    private readonly SemaphoreSlim _news = new(0);
    private HttpServer? _server;

    public string Url => _server!.Url;

    /// <summary>All that came, as bytes one for one in characters.</summary>
    public string Raw => string.Concat(_taken.Select(each => Encoding.Latin1.GetString(each.Body)));

    public IReadOnlyList<SeenSpan> Spans =>
        [.. Of("/v1/traces").SelectMany(scope => Fields(scope, 2)).Select(span => new SeenSpan(
            Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(span, 5),
            Fields(span, 9).ToDictionary(attribute => Text(attribute, 1), attribute => Text(Fields(attribute, 2).Single(), 1))))];

    public IReadOnlyList<string> Metrics => [.. Of("/v1/metrics").SelectMany(scope => Fields(scope, 2)).Select(metric => Text(metric, 1)).Distinct()];

    public IReadOnlyList<string> Lines => [.. Of("/v1/logs").SelectMany(scope => Fields(scope, 2)).Select(record => Text(Fields(record, 5).Single(), 1))];

    public static async Task<OtlpStandIn> StartAsync(CancellationToken cancellationToken)
    {
        var standIn = new OtlpStandIn();
        standIn._server = await HttpServer.StartAsync(
            new HttpSettings { Port = 0 }, new HttpOptions(), guard: null,
            async context =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body, context.RequestAborted);
                standIn._taken.Enqueue((context.Request.Path.Value ?? "", body.ToArray()));
                standIn._news.Release();
                context.Response.ContentType = "application/x-protobuf";
            },
            TextWriter.Null, cancellationToken);
        return standIn;
    }

    /// <summary>Returns as soon as enough has come.</summary>
    public async Task UntilAsync(Func<OtlpStandIn, bool> isEnough, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(limit);
        while (!isEnough(this))
        {
            await _news.WaitAsync(patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        _news.Dispose();
    }

    /// <summary>What one instrumentation scope sent: the second field of each resource's part, in all three kinds of message.</summary>
    private IEnumerable<byte[]> Of(string path) => _taken.Where(each => each.Path == path).SelectMany(each => Fields(each.Body, 1)).SelectMany(resource => Fields(resource, 2));

    private static string Text(byte[] message, int field) => Fields(message, field).Select(Encoding.UTF8.GetString).FirstOrDefault("");

    private static string Hex(byte[] message, int field) => Fields(message, field).Select(Convert.ToHexStringLower).FirstOrDefault("");

    /// <summary>The values of a field that have a length: texts, bytes and messages.</summary>
    private static List<byte[]> Fields(byte[] message, int wanted)
    {
        var found = new List<byte[]>();
        for (int at = 0; at < message.Length;)
        {
            ulong key = Varint(message, ref at);
            switch (key & 7)
            {
                case 0:
                    Varint(message, ref at);
                    break;
                case 1:
                    at += 8;
                    break;
                case 2:
                    int length = (int)Varint(message, ref at);
                    if ((int)(key >> 3) == wanted)
                    {
                        found.Add(message[at..(at + length)]);
                    }

                    at += length;
                    break;
                default:
                    at += 4;
                    break;
            }
        }

        return found;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = message[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}

/// <param name="Parent">Empty for a root.</param>
/// <param name="Attributes">Those that are texts.</param>
internal sealed record SeenSpan(string Trace, string Id, string Parent, string Name, IReadOnlyDictionary<string, string> Attributes);
