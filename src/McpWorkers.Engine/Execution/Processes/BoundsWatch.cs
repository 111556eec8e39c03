using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Tells which bound a run has reached, if any. Counts on a clock that no change of the wall clock moves.</summary>
internal sealed class BoundsWatch
{
    // More than clocks drift against each other within a run: beyond this somebody has set the wall clock, or the machine was asleep.
    private static readonly TimeSpan DriftMax = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan MeasureMax = TimeSpan.FromMilliseconds(200);

    private readonly RunBounds _bounds;
    private readonly RunFiles _files;
    private readonly TimeProvider _time;
    private readonly TimeSpan _before;
    private readonly TimeSpan _silentBefore;
    private readonly long _writtenBefore;
    private readonly long _begun;
    private long? _lastLine;
    private long _measured;
    private long _written;

    public BoundsWatch(LaunchRecord launch, RunFiles files, bool sameBoot, TimeProvider time)
    {
        _bounds = launch.Bounds;
        _files = files;
        _time = time;
        _begun = time.GetTimestamp();

        // How long it had been running, and had been silent, before this observer came: a host that was away does not give it time anew.
        _before = sameBoot ? launch.Age : time.GetUtcNow() - launch.Started;
        _writtenBefore = RunFiles.LengthOf(files.Stdout);
        _silentBefore = sameBoot ? SilenceOf(launch) : TimeSpan.Zero;
    }

    /// <param name="position">How far the output has been read.</param>
    /// <param name="read">Whether something was read just now.</param>
    /// <param name="reader">Knows whether the run waits for somebody: then its clocks stand still.</param>
    public StopReason? Reached(RunActivity activity, long lines, long position, bool read, IRunReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        // Whoever catches up with what others have seen judges the silence once he knows all of it.
        bool caughtUp = position >= _writtenBefore;
        if (read && position > _writtenBefore)
        {
            _lastLine = _time.GetTimestamp();
        }

        var alive = _before + _time.GetElapsedTime(_begun) - reader.Held;
        var silent = _lastLine is { } last ? _time.GetElapsedTime(last) : _silentBefore + _time.GetElapsedTime(_begun);
        if (reader.SinceHeld is { } since && since < silent)
        {
            // Whoever waits has nothing to say, whichever host was there.
            silent = since;
        }

        bool busy = activity.ToolCallOpen || activity.BackgroundOpen;
        var silence = busy ? _bounds.SilenceInTool : _bounds.Silence;
        return activity.EndNow is { } now ? now
            : Math.Max(position, Written()) > _bounds.OutputBytesMax
                ? new(StopKind.OutputBytes, $"more than {_bounds.OutputBytesMax} bytes of output")
            : alive > _bounds.WallClock ? Limit(StopKind.WallClock, "time-out", _bounds.WallClock)
            : lines == 0 && alive > _bounds.FirstOutput && caughtUp ? Limit(StopKind.NoFirstOutput, "no first output", _bounds.FirstOutput)
            : !caughtUp ? null
            : activity.FinalResultSeen && !busy && silent > _bounds.AfterResult
                ? Limit(StopKind.AfterResult, "still alive after its final result", _bounds.AfterResult)
            : lines > 0 && silent > silence ? Limit(StopKind.Silence, "no output", silence)
            : null;
    }

    /// <summary>Bytes of both outputs, a moment old at most: asking for the lengths of files is much of what an observer costs.</summary>
    private long Written()
    {
        if (_measured == 0 || _time.GetElapsedTime(_measured) > MeasureMax)
        {
            _written = RunFiles.LengthOf(_files.Stdout) + RunFiles.LengthOf(_files.Stderr);
            _measured = _time.GetTimestamp();
        }

        return _written;
    }

    private static StopReason Limit(StopKind kind, string what, TimeSpan limit) => new(kind, $"{what} ({limit.TotalSeconds:0.#} s)", limit);

    private TimeSpan SilenceOf(LaunchRecord launch)
    {
        var now = _time.GetUtcNow();
        var drift = now - launch.Started - launch.Age;
        if (drift.Duration() > DriftMax || _writtenBefore == 0)
        {
            // The time of the last write means nothing then: better to wait too long than to stop what is at work.
            return TimeSpan.Zero;
        }

        var silent = now - File.GetLastWriteTimeUtc(_files.Stdout);
        return silent < TimeSpan.Zero ? TimeSpan.Zero : silent > _before ? _before : silent;
    }
}
