using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpWorkers.Mcp.Client;

/// <summary>
/// Passes a connection through and listens for the daemon's farewell: a line that is no message of the protocol, and so would be dropped
/// without a word by whoever reads messages.
/// </summary>
internal sealed class FarewellStream(Stream inner) : PassingStream(inner, inner)
{
    // A farewell is short; a line that begins otherwise, or goes on for longer, is none.
    private const int LineMax = 1024;

    private static readonly byte[] Prefix = "{\"mcpworkers\""u8.ToArray();

    private readonly List<byte> _line = [];
    private bool _isMessage;

    /// <summary>The reason that the daemon gave for closing; null until then.</summary>
    public string? Reason { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await base.ReadAsync(buffer, cancellationToken);
        Listen(buffer.Span[..count]);
        return count;
    }

    private void Listen(ReadOnlySpan<byte> read)
    {
        while (!read.IsEmpty)
        {
            int lineFeed = read.IndexOf((byte)'\n');
            var piece = lineFeed < 0 ? read : read[..lineFeed];
            if (!_isMessage)
            {
                _line.AddRange(piece[..Math.Min(piece.Length, LineMax)]);
                int known = Math.Min(_line.Count, Prefix.Length);
                _isMessage = _line.Count > LineMax || !Prefix.AsSpan(0, known).SequenceEqual(_line.Take(known).ToArray());
            }

            if (lineFeed < 0)
            {
                return;
            }

            if (!_isMessage && _line.Count > 0)
            {
                Reason = ReasonOf([.. _line]) ?? Reason;
            }

            _line.Clear();
            _isMessage = false;
            read = read[(lineFeed + 1)..];
        }
    }

    private static string? ReasonOf(byte[] line)
    {
        try
        {
            return JsonNode.Parse(line) is JsonObject said && said["mcpworkers"]?.ToString() == "goodbye" ? said["reason"]?.ToString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
