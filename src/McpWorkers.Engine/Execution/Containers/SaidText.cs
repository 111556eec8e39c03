using System.Buffers;
using System.Text;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>The beginning of what a command said by the engine's stream: short answers, and the words of a failure.</summary>
internal sealed class SaidText
{
    private const int BytesMax = 4 * 1024;

    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public string Text
    {
        get
        {
            lock (_lock)
            {
                return Encoding.UTF8.GetString(_bytes.WrittenSpan);
            }
        }
    }

    public void Take(bool isError, ReadOnlyMemory<byte> bytes)
    {
        lock (_lock)
        {
            _bytes.Write(bytes.Span[..Math.Min(bytes.Length, BytesMax - _bytes.WrittenCount)]);
        }
    }
}
