namespace McpWorkers.Engine.Agents.Reading;

/// <summary>
/// Where the long values of one line end, noted while the line is checked: whoever walks its fields later steps over them without reading
/// them again. Only long ones, and only so many: the rest is quicker read than remembered.
/// </summary>
internal sealed class LongValues
{
    /// <summary>A value of fewer bytes is read again.</summary>
    private const int BytesMin = 256;

    private const int CountMax = 64;

    private readonly int[] _starts = new int[CountMax];
    private readonly int[] _ends = new int[CountMax];
    private int _count;

    public void Clear() => _count = 0;

    public void Add(int start, int end)
    {
        if (end - start >= BytesMin && _count < CountMax)
        {
            _starts[_count] = start;
            _ends[_count++] = end;
        }
    }

    /// <summary>Behind the value that starts here; -1 where it is not known.</summary>
    public int EndOf(int start)
    {
        int found = _starts.AsSpan(0, _count).IndexOf(start);
        return found < 0 ? -1 : _ends[found];
    }
}
