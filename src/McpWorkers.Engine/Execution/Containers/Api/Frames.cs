using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace McpWorkers.Engine.Execution.Containers.Api;

/// <summary>
/// Output without a terminal: frames of 8 bytes <c>[stream, 0, 0, 0, length (big endian)]</c> and as much data. A frame is no line, and its
/// length is the engine's word: it is passed on piece by piece, never kept whole.
/// </summary>
internal sealed class Frames(EngineCalls calls, string call)
{
    private const int HeadBytes = 8;
    private const int PieceBytes = 32 * 1024;
    private const int ErrorBytesMax = 4 * 1024;

    // What the engine itself has to say, in Docker's own words "system error".
    private const byte EngineStream = 3;

    /// <summary>Reads to the stream's end.</summary>
    /// <param name="output">Told whether it is standard error, and the bytes; they are valid during the call.</param>
    public async Task CopyAsync(Stream stream, Action<bool, ReadOnlyMemory<byte>> output, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            while (await ReadHeadAsync(stream, buffer, cancellationToken) is { } head)
            {
                if (head.Stream == EngineStream)
                {
                    throw await ErrorAsync(stream, buffer, head.Length, cancellationToken);
                }

                for (long left = head.Length; left > 0;)
                {
                    int count = await ReadAsync(stream, buffer.AsMemory(0, (int)Math.Min(left, PieceBytes)), cancellationToken);
                    output(head.Stream == 2, buffer.AsMemory(0, count));
                    left -= count;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask<(byte Stream, uint Length)?> ReadHeadAsync(Stream stream, byte[] buffer, CancellationToken cancellationToken)
    {
        int had = await calls.ReadAsync(stream, buffer.AsMemory(0, HeadBytes), call, cancellationToken);
        if (had == 0)
        {
            return null;
        }

        while (had < HeadBytes)
        {
            had += await ReadAsync(stream, buffer.AsMemory(had, HeadBytes - had), cancellationToken);
        }

        return buffer[0] <= EngineStream && buffer[1] == 0 && buffer[2] == 0 && buffer[3] == 0
            ? (buffer[0], BinaryPrimitives.ReadUInt32BigEndian(buffer.AsSpan(4, 4)))
            : throw EngineFaults.OfNonsense(calls.Address.ToString(), call, $"no frame of output begins with {Convert.ToHexString(buffer, 0, HeadBytes)}.");
    }

    private async ValueTask<int> ReadAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int count = await calls.ReadAsync(stream, buffer, call, cancellationToken);
        return count > 0 ? count : throw new EngineException(EngineFault.Unreachable, $"The container engine at {calls.Address} broke off in the middle of the output of '{call}'.");
    }

    private async Task<EngineException> ErrorAsync(Stream stream, byte[] buffer, uint length, CancellationToken cancellationToken)
    {
        int wanted = (int)Math.Min(length, ErrorBytesMax), had = 0;
        while (had < wanted)
        {
            had += await ReadAsync(stream, buffer.AsMemory(had, wanted - had), cancellationToken);
        }

        string words = EngineFaults.WordsOf(Encoding.UTF8.GetString(buffer, 0, had));
        return new(EngineFaults.FaultOf(words), $"The container engine at {calls.Address} broke '{call}' off: {words}");
    }
}
