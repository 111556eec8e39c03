using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace McpWorkers.Tests.Execution.Containers.Api;

/// <summary>What was asked; the path is without the version.</summary>
internal sealed record FakeRequest(string Method, string Version, string Path, string Body);

/// <summary>What is answered, byte for byte.</summary>
/// <param name="IsCut">More bytes are announced than come.</param>
/// <param name="IsHeld">The stream stays open after its last byte.</param>
internal sealed record FakeAnswer(int Status, byte[] Body, bool IsCut = false, bool IsSilent = false, bool IsRaw = false, bool IsHeld = false)
{
    public static FakeAnswer Of(int status, string body) => new(status, Encoding.UTF8.GetBytes(body));

    public static FakeAnswer Silence => new(200, [], IsSilent: true);

    /// <summary>No HTTP at all.</summary>
    public static FakeAnswer Raw(string text) => new(0, Encoding.UTF8.GetBytes(text), IsRaw: true);
}

/// <summary>A server on a unix socket that answers as an engine would that is not to be had here.</summary>
internal sealed class FakeEngine : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("engine-fake-").FullName;
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<FakeRequest, FakeAnswer> _answer;
    private readonly Task _serving;

    public FakeEngine(Func<FakeRequest, FakeAnswer> answer)
    {
        _answer = answer;
        _socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_directory, "s")));
        _socket.Listen();
        _serving = ServeAsync();
    }

    public string Address => $"unix://{_directory}/s";

    public ConcurrentQueue<FakeRequest> Requests { get; } = [];

    /// <summary>The answers to ping and version of an engine of this age; all else by the function.</summary>
    public static Func<FakeRequest, FakeAnswer> Speaking(Func<FakeRequest, FakeAnswer> answer, string newest = "1.44", string oldest = "1.24") => request => request.Path switch
    {
        "/_ping" => FakeAnswer.Of(200, "OK"),
        "/version" => FakeAnswer.Of(200, $$"""{"Version":"29.0.1","ApiVersion":"{{newest}}","MinAPIVersion":"{{oldest}}","Components":[{"Name":"Engine"}]}"""),
        _ => answer(request),
    };

    /// <summary>A frame of output.</summary>
    public static byte[] Frame(byte stream, string text, int? length = null)
    {
        byte[] data = Encoding.UTF8.GetBytes(text);
        byte[] frame = new byte[8 + data.Length];
        frame[0] = stream;
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), length ?? data.Length);
        data.CopyTo(frame, 8);
        return frame;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _socket.Dispose();
        await _serving;
        Directory.Delete(_directory, recursive: true);
        _end.Dispose();
    }

    private async Task ServeAsync()
    {
        var all = new List<Task>();
        try
        {
            while (true)
            {
                all.Add(AnswerAsync(await _socket.AcceptAsync(_end.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(all);
        }
    }

    private async Task AnswerAsync(Socket socket)
    {
        using var connection = socket;
        await using var stream = new NetworkStream(connection);
        try
        {
            var request = await ReadAsync(stream);
            Requests.Enqueue(request);
            var answer = _answer(request);
            if (answer.IsSilent)
            {
                await Task.Delay(Timeout.Infinite, _end.Token);
            }

            if (!answer.IsRaw)
            {
                string length = answer.IsCut ? $"Content-Length: {answer.Body.Length + 100}\r\n" : "";
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answer.Status} X\r\n{length}Connection: close\r\n\r\n"), _end.Token);
            }

            await stream.WriteAsync(answer.Body, _end.Token);
            if (answer.IsHeld)
            {
                await Task.Delay(Timeout.Infinite, _end.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client has gone, or the test is over.
        }
    }

    private async Task<FakeRequest> ReadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, _end.Token);
            head.Append((char)one[0]);
        }

        string[] lines = head.ToString().Split("\r\n");
        string[] words = lines[0].Split(' ');
        string? length = lines.FirstOrDefault(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        byte[] body = new byte[length is null ? 0 : int.Parse(length[15..], CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, _end.Token);
        int slash = words[1].IndexOf('/', 1);
        bool hasVersion = slash > 0 && words[1].StartsWith("/v1.", StringComparison.Ordinal);
        return new(words[0], hasVersion ? words[1][2..slash] : "", hasVersion ? words[1][slash..] : words[1], Encoding.UTF8.GetString(body));
    }
}
