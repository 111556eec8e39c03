namespace McpWorkers.Http;

/// <summary>Bounds of the HTTP door that are nobody's wish, hence no settings. Tests set others.</summary>
internal sealed record HttpOptions
{
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long what the token store said is believed: a revoked token is good for no longer than that.</summary>
    public TimeSpan TokenCache { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>An open stream says that often that it is still there, so that proxies do not take it for dead.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a stream waits for a client that takes nothing, before the connection is ended.</summary>
    public TimeSpan ReaderPatience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Events that may wait for one reader of the event stream; the store has the others.</summary>
    public int EventBuffer { get; init; } = 1024;

    /// <summary>Readers of the event stream at once.</summary>
    public int EventStreamsMax { get; init; } = 200;

    /// <summary>Events kept for each session of an older MCP revision, so that a lost stream can be taken up again.</summary>
    public int SessionEventsMax { get; init; } = 1000;

    /// <inheritdoc cref="SessionEventsMax"/>
    public long SessionBytesMax { get; init; } = 4 * 1024 * 1024;

    public int ConnectionsMax { get; init; } = 2000;

    /// <summary>Told of each request that is over; null for nobody. Must be quick and must not throw.</summary>
    public Action<ServedRequest>? Served { get; init; }

    /// <summary>
    /// Told both ends of a connection that has come, the other one first, and what it asks for first: why nobody may call over it. Null: everybody may,
    /// and so where it gives null.
    /// </summary>
    public Func<System.Net.IPEndPoint, System.Net.IPEndPoint, string, string?>? Refuses { get; init; }

    /// <summary>How long requests may go on once the door is told to close.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>A request that is over.</summary>
/// <param name="Path">Without the query, which may hold what is nobody's business.</param>
/// <param name="Status">Of HTTP; what was sent until then for one that was cut off.</param>
internal sealed record ServedRequest(string Method, string Path, int Status, TimeSpan Duration);
