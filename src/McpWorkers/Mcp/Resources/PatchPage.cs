using System.Security.Cryptography;
using System.Text;
using McpWorkers.Engine.Model;

namespace McpWorkers.Mcp.Resources;

/// <summary>A page of a patch. The patch may be made anew for each page, so its digest tells whether they belong together.</summary>
/// <param name="Cursor">Where the page begins, in bytes.</param>
/// <param name="NextCursor">Null after the last page.</param>
/// <param name="TotalLength">Of the whole patch, in bytes.</param>
/// <param name="Digest">Of the whole patch: SHA-256 in hexadecimal.</param>
internal sealed record PatchPage(ReadOnlyMemory<byte> Bytes, long Cursor, long? NextCursor, long TotalLength, string Digest)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Null where the page is no UTF-8: a text file of another encoding was changed.</summary>
    public string? Text
    {
        get
        {
            try
            {
                return Strict.GetString(Bytes.Span);
            }
            catch (DecoderFallbackException)
            {
                return null;
            }
        }
    }

    /// <param name="length">At most so many bytes; a character at its end is not cut apart.</param>
    /// <param name="digest">Of the patch whose page is wanted; empty for whatever it is now.</param>
    /// <param name="write">Writes the whole patch.</param>
    /// <exception cref="RefusedException">The cursor is beyond the end, or the patch is another one by now.</exception>
    public static async Task<PatchPage> ReadAsync(long cursor, int length, string digest, Func<Stream, Task> write)
    {
        await using var window = new Window(cursor, length);
        await write(window);
        string found = window.Digest();
        if (digest.Length > 0 && digest != found)
        {
            throw new RefusedException(RefusalCode.InvalidArgument, "The workspace has changed since the page before was read: read the patch again from cursor 0.");
        }

        return Of(window.Kept, cursor, window.Length, found);
    }

    /// <param name="bytes">What the patch has from the cursor on, as much as fits into the page.</param>
    /// <exception cref="RefusedException">The cursor is beyond the end.</exception>
    public static PatchPage Of(ReadOnlyMemory<byte> bytes, long cursor, long total, string digest)
    {
        if (cursor > total)
        {
            throw new RefusedException(RefusalCode.InvalidArgument, $"The cursor {cursor} is beyond the patch's end, which is at {total}.");
        }

        if (cursor + bytes.Length < total)
        {
            bytes = bytes[..WholeCharacters(bytes.Span)];
        }

        long next = cursor + bytes.Length;
        return new(bytes, cursor, next < total ? next : null, total, digest);
    }

    /// <summary>How much of it is left without the character at its end that goes on after it.</summary>
    private static int WholeCharacters(ReadOnlySpan<byte> bytes)
    {
        const int CharacterMax = 4;
        for (int back = 1; back < CharacterMax && back < bytes.Length; back++)
        {
            byte each = bytes[^back];
            if ((each & 0b1100_0000) == 0b1000_0000)
            {
                continue;
            }

            int needed = each >= 0b1111_0000 ? 4 : each >= 0b1110_0000 ? 3 : each >= 0b1100_0000 ? 2 : 1;
            return needed > back ? bytes.Length - back : bytes.Length;
        }

        return bytes.Length;
    }

    /// <summary>Keeps a piece of what is written to it, and counts the rest.</summary>
    private sealed class Window(long start, int length) : Stream
    {
        private readonly MemoryStream _kept = new();
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private long _length;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _length;

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public ReadOnlyMemory<byte> Kept => _kept.GetBuffer().AsMemory(0, (int)_kept.Length);

        public string Digest() => Convert.ToHexStringLower(_hash.GetCurrentHash());

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _hash.AppendData(buffer);
            long from = Math.Clamp(start - _length, 0, buffer.Length);
            long to = Math.Clamp(start + length - _length, 0, buffer.Length);
            if (to > from)
            {
                _kept.Write(buffer[(int)from..(int)to]);
            }

            _length += buffer.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return ValueTask.CompletedTask;
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            Write(buffer.AsSpan(offset, count));
            return Task.CompletedTask;
        }

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _hash.Dispose();
                _kept.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
