using System.Buffers;

namespace McpWorkers.Benchmarks.Reading;

internal delegate void LineTaker(ReadOnlySpan<byte> line);

/// <summary>Hands over the lines of a file, with as little work as possible.</summary>
internal static class Lines
{
    private const int BufferBytes = 128 * 1024;

    public static void Read(string path, LineTaker take)
    {
        using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        byte[] buffer = new byte[BufferBytes];
        var held = new ArrayBufferWriter<byte>();
        long position = 0;
        while (RandomAccess.Read(file, buffer, position) is > 0 and int count)
        {
            position += count;
            var rest = buffer.AsSpan(0, count);
            for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
            {
                if (held.WrittenCount == 0)
                {
                    take(rest[..end]);
                    continue;
                }

                held.Write(rest[..end]);
                take(held.WrittenSpan);
                held.ResetWrittenCount();
            }

            held.Write(rest);
        }
    }
}
