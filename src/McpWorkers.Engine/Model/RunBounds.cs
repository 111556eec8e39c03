namespace McpWorkers.Engine.Model;

/// <summary>Everything a run may not exceed. Each bound has its own outcome.</summary>
public sealed record RunBounds
{
    /// <summary>Until the first line on standard output.</summary>
    public required TimeSpan FirstOutput { get; init; }

    /// <summary>Between two lines, while no tool call is open.</summary>
    public required TimeSpan Silence { get; init; }

    /// <summary>Between two lines, while a tool call is open. At least <see cref="Silence"/>.</summary>
    public required TimeSpan SilenceInTool { get; init; }

    /// <summary>From launch to the end.</summary>
    public required TimeSpan WallClock { get; init; }

    /// <summary>Life after the final result while no background work is open; counted anew with any line.</summary>
    public required TimeSpan AfterResult { get; init; }

    /// <summary>Standard output and standard error together, in bytes.</summary>
    public required long OutputBytesMax { get; init; }

    /// <summary>A longer line is read shortened; it stays whole in the file. In bytes.</summary>
    public required int LineBytesMax { get; init; }

    public static RunBounds Default { get; } = new()
    {
        FirstOutput = TimeSpan.FromSeconds(120),
        Silence = TimeSpan.FromSeconds(300),
        SilenceInTool = TimeSpan.FromSeconds(1800),
        WallClock = TimeSpan.FromSeconds(300),
        AfterResult = TimeSpan.FromSeconds(30),
        OutputBytesMax = 256L * 1024 * 1024,
        LineBytesMax = 8 * 1024 * 1024,
    };
}
