using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>Reads what a run's agent wrote to its standard output, piece by piece, as it is.</summary>
internal static class RawLog
{
    private const string OutputFile = "stdout.ndjson";
    private const int PieceBytes = 256 * 1024;

    /// <param name="cursor">In bytes.</param>
    /// <param name="isSettled">Nothing more is written.</param>
    /// <exception cref="RefusedException">The cursor is out of range.</exception>
    public static RawLogPage Read(string runDirectory, long cursor, bool isSettled)
    {
        string path = Path.Combine(runDirectory, OutputFile);
        if (!File.Exists(path))
        {
            return new(default, 0, isSettled);
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        long length = file.Length;
        if (cursor < 0 || cursor > length)
        {
            throw Arguments.Invalid($"cursor is {cursor}; allowed are 0 to {length}, the length of the raw output so far.");
        }

        byte[] piece = new byte[Math.Min(PieceBytes, length - cursor)];
        file.Position = cursor;
        int read = file.ReadAtLeast(piece, piece.Length, throwOnEndOfStream: false);
        return new(piece.AsMemory(0, read), cursor + read, isSettled && cursor + read >= length);
    }
}
