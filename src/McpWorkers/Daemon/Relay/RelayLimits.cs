namespace McpWorkers.Daemon.Relay;

/// <summary>How much a relay holds, and how long it waits.</summary>
internal sealed record RelayLimits
{
    /// <summary>Of one message, in bytes; a batch of fifty prompts of the usual size is far below it.</summary>
    public int LineBytesMax { get; init; } = 256 * 1024 * 1024;

    /// <summary>Of a request that is kept to be sent again, in bytes. A longer one is answered with an error where the daemon is lost.</summary>
    public int KeptBytesMax { get; init; } = 64 * 1024;

    /// <summary>How often a request is sent; one that has met the end of so many daemons may be their cause.</summary>
    public int SendsMax { get; init; } = 3;

    /// <summary>After the end of input, for what was read to be answered. Every run has a bound of its own, so that this is seldom met.</summary>
    public TimeSpan Answers { get; init; } = TimeSpan.FromHours(24);

    /// <summary>After everything is answered, for the daemon to close the connection.</summary>
    public TimeSpan Closing { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>For a new daemon to answer the opening that is replayed to it.</summary>
    public TimeSpan Opening { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Before a daemon is started again; the first time at once, then longer as long as none of them stays.</summary>
    public IReadOnlyList<TimeSpan> Pauses { get; init; } =
        [TimeSpan.Zero, TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)];

    /// <summary>A daemon that was there for so long has come to stay.</summary>
    public TimeSpan Stay { get; init; } = TimeSpan.FromSeconds(10);
}
