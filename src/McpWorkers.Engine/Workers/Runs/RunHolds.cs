using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>
/// How long a run has been held until its requests were decided: its clocks stand still meanwhile. It follows from the requests alone, so that a later
/// host comes to the same.
/// </summary>
/// <param name="limit">A call is held no longer than this; from then on the agent is at work again.</param>
internal sealed class RunHolds(TimeSpan limit, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Hold> _holds = [];

    private readonly HashSet<string> _asked = [];

    /// <summary>Whether it has asked anything at all.</summary>
    public bool HasAsked => Asked > 0;

    /// <summary>How often it has asked.</summary>
    public int Asked
    {
        get
        {
            lock (_lock)
            {
                return _asked.Count;
            }
        }
    }

    public bool IsHeld
    {
        get
        {
            lock (_lock)
            {
                return _holds.Values.Any(hold => hold.Waited is null && time.GetElapsedTime(hold.Begun) < limit);
            }
        }
    }

    /// <summary>For how long it has not been held: zero while it is, null where it never was.</summary>
    public TimeSpan? Since
    {
        get
        {
            lock (_lock)
            {
                return _holds.Count == 0 ? null : _holds.Values.Min(hold =>
                {
                    var begun = time.GetElapsedTime(hold.Begun);
                    var since = begun - Least(hold.Waited ?? begun, limit);
                    return since > TimeSpan.Zero ? since : TimeSpan.Zero;
                });
            }
        }
    }

    /// <summary>Until now; what was held twice at once counts once.</summary>
    public TimeSpan Total
    {
        get
        {
            lock (_lock)
            {
                var total = TimeSpan.Zero;
                var counted = TimeSpan.Zero;
                long? first = null;
                foreach (var hold in _holds.Values.OrderBy(hold => hold.Begun))
                {
                    var from = time.GetElapsedTime(first ??= hold.Begun, hold.Begun);
                    var waited = hold.Waited ?? time.GetElapsedTime(hold.Begun);
                    var to = from + (waited < limit ? waited : limit);
                    from = from > counted ? from : counted;
                    total += to > from ? to - from : TimeSpan.Zero;
                    counted = to > counted ? to : counted;
                }

                return total;
            }
        }
    }

    /// <summary>Takes a request as it is now: asked, or decided.</summary>
    public void Note(WorkerRequest request)
    {
        lock (_lock)
        {
            _asked.Add(request.RequestId);
            if (!_holds.TryGetValue(request.RequestId, out var hold))
            {
                if (request.Kind == RequestKind.Budget || request.Decided == request.Created)
                {
                    // Nobody was held: its process had ended, or a rule decided at once.
                    return;
                }

                var ago = time.GetUtcNow() - request.Created;
                hold = new(time.GetTimestamp() - (long)(ago.TotalSeconds * time.TimestampFrequency), null);
            }

            _holds[request.RequestId] = hold with { Waited = request.Decided - request.Created };
        }
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <param name="Begun">A timestamp of the clock that nobody sets.</param>
    /// <param name="Waited">Null until it is decided.</param>
    private readonly record struct Hold(long Begun, TimeSpan? Waited);
}
