namespace McpWorkers.Engine.Execution.Output;

/// <summary>
/// Decides which objects and lists of a long line are written whole, and which end early. Every one has room for small fields, the deeper ones
/// less than those around them, so that what stands behind a huge list is not lost with it.
/// </summary>
internal sealed class ShortenedContainers
{
    /// <summary>Nothing more is begun once so much is written, in bytes.</summary>
    public const int WholeBudget = 1024 * 1024;

    private const int SecondBudget = 512 * 1024;
    private const int InnerBudget = 256 * 1024;
    private const int SmallBytes = 4096;
    private const int DepthMax = 256;

    private readonly int[] _begun = new int[DepthMax + 2];
    private int _depth;

    // While something is left out: the depth at whose closing bracket writing goes on, and whether that bracket is written.
    private int _silentUntil;
    private bool _writesClose;

    public bool IsSilent => _silentUntil > 0;

    /// <summary>The outermost one has been closed.</summary>
    public bool IsOver => _depth <= 0;

    /// <param name="written">Length of the short line so far.</param>
    public OpenContainer Open(int written)
    {
        _depth++;
        if (IsSilent)
        {
            return OpenContainer.Whole;
        }

        if (_depth > DepthMax || written > WholeBudget)
        {
            _silentUntil = _depth;
            _writesClose = false;
            return OpenContainer.InPlaceOfIt;
        }

        _begun[_depth] = written;
        return OpenContainer.Whole;
    }

    /// <summary>At a comma: the rest is left out where there is no room for it.</summary>
    public void Next(int written)
    {
        if (!IsSilent && !HasRoom(written))
        {
            _silentUntil = _depth;
            _writesClose = true;
        }
    }

    /// <returns>Whether the bracket is written.</returns>
    public bool Close()
    {
        bool writes = !IsSilent;
        if (_depth == _silentUntil)
        {
            _silentUntil = 0;
            writes = _writesClose;
        }

        _depth--;
        return writes;
    }

    private bool HasRoom(int written) => _depth switch
    {
        _ when written > WholeBudget => false,
        <= 1 => true,
        2 => written <= SecondBudget || written - _begun[2] <= SmallBytes,
        _ => written <= InnerBudget || written - _begun[_depth] <= SmallBytes,
    };
}

internal enum OpenContainer
{
    Whole,

    /// <summary>It is left out; <c>null</c> stands in its place.</summary>
    InPlaceOfIt,
}
