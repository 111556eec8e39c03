using System.Net.Sockets;
using System.Text;

namespace McpWorkers.Tests.Http;

/// <summary>A request as bytes on a socket: clients of libraries do not send what they hold for wrong.</summary>
internal static class RawHttp
{
    /// <param name="headers">Each as a line; nothing is added.</param>
    /// <returns>The whole answer, with its headers.</returns>
    public static async Task<string> SendAsync(string url, string request, params string[] headers)
    {
        var address = new Uri(url);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port, limit.Token);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"{request} HTTP/1.1\r\n{string.Concat(headers.Append("Connection: close").Select(line => line + "\r\n"))}\r\n"), limit.Token);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(limit.Token);
    }

    public static int StatusOf(string answer) => int.Parse(answer.Split(' ')[1], null);
}
