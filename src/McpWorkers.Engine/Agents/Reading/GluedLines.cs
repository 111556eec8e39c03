namespace McpWorkers.Engine.Agents.Reading;

/// <summary>
/// An event that was written into the middle of another line, as claude was seen to do with its rate limits: behind other text, between two
/// objects, or between the two halves of one. Only the type asked for is looked for, because a broken line of an agent may hold anything.
/// </summary>
internal sealed class GluedLines
{
    /// <summary>A half that is longer than this is not put together again.</summary>
    private const int HeadBytesMax = 4 * 1024 * 1024;

    /// <summary>How many opening brackets before the type may be its object's.</summary>
    private const int StartsMax = 8;

    private byte[]? _head;

    /// <summary>Takes a line that is no JSON object by itself.</summary>
    /// <param name="type">In quotes.</param>
    /// <param name="take">Told of each whole object that is found, in order; false where it is not known.</param>
    /// <returns>Nothing of the line is left over.</returns>
    public bool TryTake(ReadOnlySpan<byte> line, ReadOnlySpan<byte> type, TakeObject take)
    {
        byte[]? head = _head;
        _head = null;
        if (head is not null && Tell([.. head, .. line], take))
        {
            return true;
        }

        if (Find(line, type) is not { } found)
        {
            return false;
        }

        var before = line[..found.Start.Value];
        var after = line[found.End.Value..];
        bool isWhole = before.Trim(" \t"u8).IsEmpty || Tell(before, take);
        Tell(line[found], take);
        if (after.Trim(" \t\r"u8).IsEmpty)
        {
            _head = !isWhole && before[0] == (byte)'{' && before.Length <= HeadBytesMax ? before.ToArray() : null;
            return isWhole || _head is not null;
        }

        return isWhole ? Tell(after, take) : Tell([.. before, .. after], take);
    }

    private static bool Tell(ReadOnlySpan<byte> json, TakeObject take) => JsonView.TryReadObject(json, out var view) && take(view);

    private static Range? Find(ReadOnlySpan<byte> line, ReadOnlySpan<byte> type)
    {
        int at = line.IndexOf(type);
        int start = at;
        for (int tries = 0; at >= 0 && tries < StartsMax; tries++)
        {
            start = start <= 0 ? -1 : line[..start].LastIndexOf((byte)'{');
            if (start < 0)
            {
                break;
            }

            int end = JsonScan.SkipNested(line, start);
            if (end > at && JsonView.TryReadObject(line[start..end], out var view) && view["type"u8].Raw.SequenceEqual(type))
            {
                return start..end;
            }
        }

        return null;
    }

    public delegate bool TakeObject(JsonView line);
}
