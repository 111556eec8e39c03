using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Quota;

/// <summary>
/// What is known of a service's limit in one run: whether it stands, and whether the agent has tried in vain for long enough. For one thread at a time.
/// </summary>
/// <param name="patience">See <see cref="QuotaSettings.Patience"/>.</param>
internal sealed class LimitWatch(SignalTable table, string agent, TimeSpan patience, TimeProvider time)
{
    /// <summary>A limit that ends so soon is worth waiting for.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    /// <summary>For an agent that was told when the limit ends: to end by itself, or to go on after that moment.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    private long _since;
    private TimeSpan _patience;

    /// <summary>The limit that the agent met last, and after which it has done nothing; null for none.</summary>
    public SignalMatch? Standing { get; private set; }

    /// <summary>Takes something that was said.</summary>
    /// <param name="stated">When the limit ends, where the adapter knows it.</param>
    /// <param name="isOld">It was said before anybody looked.</param>
    /// <returns>What holds the pool from now on; null for nothing yet.</returns>
    public LimitSeen? Take(SignalSource source, string text, DateTimeOffset? stated = null, bool isOld = false)
    {
        var now = time.GetUtcNow();
        if (table.Match(agent, source, text, now, stated, isOld) is not { } match)
        {
            return null;
        }

        // Whoever tries again and again says so again and again, with an end that is as far away each time: the first time counts, until more is known.
        bool isFirst = Standing is null;
        bool isNewEnd = match.Seen.ResetsAt is not null && Standing?.Seen.ResetsAt is null;
        if (isFirst || isNewEnd)
        {
            _since = time.GetTimestamp();
            _patience = match.Seen.ResetsAt is not { } resets ? patience
                : resets - now <= Soon ? (resets - now) + Grace
                : patience < Grace ? patience : Grace;
        }

        if (isFirst || match.Seen.ResetsAt is not null || (match.IsAtOnce && Standing is { IsAtOnce: false }))
        {
            Standing = match;
        }

        return match.IsAtOnce ? match.Seen : null;
    }

    /// <summary>The service has answered: there is no limit, or no more.</summary>
    public void Progress() => Standing = null;

    /// <summary>How long the limit has stood.</summary>
    public TimeSpan StandsFor => Standing is null ? TimeSpan.Zero : time.GetElapsedTime(_since);

    /// <summary>Nobody expects anything of the service now: its patience begins anew.</summary>
    public void Defer() => _since = time.GetTimestamp();

    /// <summary>A limit that the agent has tried against for too long; null while it may go on.</summary>
    public LimitSeen? Overdue() => Standing is { } standing && time.GetElapsedTime(_since) > _patience ? standing.Seen : null;
}
