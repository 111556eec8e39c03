using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using McpWorkers.Daemon;
using McpWorkers.Daemon.Client;
using McpWorkers.Daemon.Relay;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Daemon.Relay;

/// <summary>A relay between a client and daemons that the test plays itself, over real sockets.</summary>
internal sealed class RelayStage : IAsyncDisposable
{
    public const string Initialize = """{"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":"2025-11-25"}}""";
    public const string Initialized = """{"jsonrpc":"2.0","method":"notifications/initialized"}""";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly string _path = Path.Combine("/tmp", $"relay-{Guid.NewGuid():N}.sock");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Channel<SocketStream> _daemons = Channel.CreateUnbounded<SocketStream>();
    private readonly Pipe _input = new();
    private readonly Pipe _output = new(new PipeOptions(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024));
    private readonly CancellationTokenSource _stop = new();
    private readonly StreamReader _reader;
    private volatile bool _isOutputClosed;

    public RelayStage(RelayLimits? limits = null, string? refusal = null)
    {
        Refusal = refusal;
        _listener.Bind(new UnixDomainSocketEndPoint(_path));
        _listener.Listen();
        _reader = new StreamReader(_output.Reader.AsStream());
        Ended = RunAsync(new McpRelay(OpenAsync, _input.Reader.AsStream(), new ClosableStream(_output.Writer.AsStream(), () => _isOutputClosed), Log, limits ?? Quick, TimeProvider.System));
    }

    public static RelayLimits Quick { get; } = new()
    {
        Pauses = [TimeSpan.Zero, TimeSpan.FromMilliseconds(20)],
        Stay = TimeSpan.Zero,
        Closing = TimeSpan.FromMilliseconds(200),
    };

    public Task Ended { get; }

    public StringWriter Log { get; } = new();

    /// <summary>How often a daemon was asked for.</summary>
    public int Opened { get; private set; }

    /// <summary>Set: there is no daemon to be had.</summary>
    public string? Refusal { get; set; }

    /// <summary>The next daemon that the relay has come to.</summary>
    public async Task<SocketStream> DaemonAsync() => await _daemons.Reader.ReadAsync().AsTask().WaitAsync(Limit);

    public async Task SayAsync(string line) => await _input.Writer.WriteAsync(Encoding.UTF8.GetBytes(line + "\n")).AsTask().WaitAsync(Limit);

    public void EndInput() => _input.Writer.Complete();

    public async Task<string?> HearAsync() => await _reader.ReadLineAsync().WaitAsync(Limit);

    public async Task<JsonNode> HearJsonAsync() => JsonNode.Parse(await HearAsync() ?? throw new Xunit.Sdk.XunitException("The output has ended."))!;

    /// <summary>Nobody reads the output any more.</summary>
    public void CloseOutput() => _isOutputClosed = true;

    public void Cancel() => _stop.Cancel();

    /// <summary>The usual beginning of a conversation, answered by the daemon.</summary>
    public async Task<SocketStream> OpenConversationAsync()
    {
        await SayAsync(Initialize);
        var daemon = await DaemonAsync();
        Assert.Equal(Initialize, await daemon.ReadAsync());
        await daemon.SayAsync("""{"jsonrpc":"2.0","id":"init","result":{"n":1}}""");
        Assert.Equal(1, (int?)(await HearJsonAsync())["result"]!["n"]);
        await SayAsync(Initialized);
        Assert.Equal(Initialized, await daemon.ReadAsync());
        return daemon;
    }

    /// <summary>The next daemon, once it was told the opening again and has answered it.</summary>
    public async Task<SocketStream> NextDaemonAsync()
    {
        var daemon = await DaemonAsync();
        Assert.Equal(Initialize, await daemon.ReadAsync());
        await daemon.SayAsync("""{"jsonrpc":"2.0","id":"init","result":{"n":2}}""");
        Assert.Equal(Initialized, await daemon.ReadAsync());
        return daemon;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Ended.WaitAsync(Limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        File.Delete(_path);
        _stop.Dispose();
    }

    private async Task RunAsync(McpRelay relay)
    {
        await relay.RunAsync(_stop.Token);
        await _output.Writer.CompleteAsync();
    }

    private async Task<OpenDoor> OpenAsync(bool isFirst, CancellationToken cancellationToken)
    {
        Opened++;
        if (Refusal is { } refusal)
        {
            throw new RefusedException(RefusalCode.Unsupported, refusal);
        }

        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(_path), cancellationToken);
        _daemons.Writer.TryWrite(new(await _listener.AcceptAsync(cancellationToken)));
        return new(new SocketStream(client), new(DaemonVersion.Current, 1, "/data", null), Started: false);
    }

    /// <summary>As a pipe without a reader.</summary>
    private sealed class ClosableStream(Stream inner, Func<bool> isClosed) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            isClosed() ? throw new IOException("Broken pipe") : inner.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);
    }
}
