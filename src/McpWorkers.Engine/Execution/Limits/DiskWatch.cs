using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Limits;

/// <summary>
/// Measures again and again what directories hold, in small pieces, so that it never takes more than a small part of a processor: a
/// workspace of some thousand files is measured every second or two, one of a hundred thousand every half a minute, and ten times as
/// often while the disk fills. No locks: one observer asks it.
/// </summary>
/// <param name="places">Directories, as <see cref="PlacesOf"/> gives them. Those that are not there hold nothing.</param>
internal sealed class DiskWatch(IReadOnlyList<string> places, long limit, TimeProvider time)
{
    private const double Share = 0.02;
    private const double ShareWhileItFills = 0.2;

    /// <summary>So often a look at the clock.</summary>
    private const int EntriesBetweenLooks = 32;

    private static readonly TimeSpan PieceMax = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan WalkEvery = TimeSpan.FromSeconds(1);

    private readonly long _begun = time.GetTimestamp();
    private IEnumerator<long>? _walk;
    private TimeSpan _walkBegun = -WalkEvery;
    private TimeSpan _lastPiece;
    private long _sum;
    private long _held;
    private long? _freeThen;
    private bool _fills;

    /// <summary>What of a launch's places counts for the limit on disk.</summary>
    public static IReadOnlyList<string> PlacesOf(CommandLaunch launch)
    {
        // The run directory first: it is small, and its files grow fast.
        IEnumerable<string> places = [launch.RunDirectory, launch.WorkingDirectory, .. launch.Container?.Mounts.Where(mount => !mount.IsReadOnly).Select(mount => mount.Source) ?? []];
        var whole = places.Select(place => Path.TrimEndingDirectorySeparator(Path.GetFullPath(place))).Distinct().ToList();
        return [.. whole.Where(place => !whole.Any(other => other != place && (place + "/").StartsWith(other.TrimEnd('/') + "/", StringComparison.Ordinal)))];
    }

    /// <summary>Null while the places hold no more than allowed, as far as they were looked at. Goes on with the measuring for an instant.</summary>
    public LimitReached? Exceeded()
    {
        var now = time.GetElapsedTime(_begun);
        if (_walk is null)
        {
            if (now - _walkBegun < WalkEvery)
            {
                return null;
            }

            _walk = DiskUse.Of(places).GetEnumerator();
            (_walkBegun, _sum) = (now, 0);
            long? free = FreeBytes();
            _fills = _freeThen - free > (limit - _held) / 2;
            _freeThen = free;
        }

        var piece = (now - _lastPiece) * (_fills ? ShareWhileItFills : Share);
        _lastPiece = now;
        return Continue(piece < PieceMax ? piece : PieceMax) ? new(LimitKind.Disk, limit, _sum) : null;
    }

    /// <summary>True as soon as more was found than is allowed.</summary>
    private bool Continue(TimeSpan piece)
    {
        long begun = time.GetTimestamp();
        for (int entries = 1; ; entries++)
        {
            if (!_walk!.MoveNext())
            {
                _held = _sum;
                End();
                return false;
            }

            _sum += _walk.Current;
            if (_sum > limit)
            {
                End();
                return true;
            }

            if (entries % EntriesBetweenLooks == 0 && time.GetElapsedTime(begun) >= piece)
            {
                return false;
            }
        }
    }

    private void End()
    {
        _walk!.Dispose();
        _walk = null;
    }

    /// <summary>On the file system of the place that is likely to grow: the last of them. Null where it cannot be told.</summary>
    private long? FreeBytes()
    {
        try
        {
            return places.Count == 0 ? null : new DriveInfo(places[^1]).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
