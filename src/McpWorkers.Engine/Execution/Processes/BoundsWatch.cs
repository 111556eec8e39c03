using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Tells which bound a run has reached, if any. Counts on a clock that no change of the wall clock moves.</summary>
internal sealed class BoundsWatch
{
    private readonly RunBounds _bounds;
    private readonly RunFiles _files;
    private readonly TimeProvider _time;
    private readonly TimeSpan _before;
    private readonly long _begun;
    private long _lastLine;

    public BoundsWatch(LaunchRecord launch, RunFiles files, bool sameBoot, TimeProvider time)
    {
        _bounds = launch.Bounds;
        _files = files;
        _time = time;
        _begun = time.GetTimestamp();
        _lastLine = _begun;

        // How long it had been running before this observer came.
        _before = sameBoot ? TimeSpan.FromMilliseconds(Environment.TickCount64 - launch.StartedTicks) : time.GetUtcNow() - launch.Started;
    }

    public StopReason? Reached(RunActivity activity, long lines, bool read)
    {
        if (read)
        {
            _lastLine = _time.GetTimestamp();
        }

        var alive = _before + _time.GetElapsedTime(_begun);
        var silent = _time.GetElapsedTime(_lastLine);
        bool busy = activity.ToolCallOpen || activity.BackgroundOpen;
        var silence = busy ? _bounds.SilenceInTool : _bounds.Silence;
        return activity.EndNow is { } now ? now
            : RunFiles.LengthOf(_files.Stdout) + RunFiles.LengthOf(_files.Stderr) > _bounds.OutputBytesMax
                ? new(StopKind.OutputBytes, $"more than {_bounds.OutputBytesMax} bytes of output")
            : alive > _bounds.WallClock ? Limit(StopKind.WallClock, "time-out", _bounds.WallClock)
            : lines == 0 && alive > _bounds.FirstOutput ? Limit(StopKind.NoFirstOutput, "no first output", _bounds.FirstOutput)
            : activity.FinalResultSeen && !busy && silent > _bounds.AfterResult
                ? Limit(StopKind.AfterResult, "still alive after its final result", _bounds.AfterResult)
            : lines > 0 && silent > silence ? Limit(StopKind.Silence, "no output", silence)
            : null;
    }

    private static StopReason Limit(StopKind kind, string what, TimeSpan limit) => new(kind, $"{what} ({limit.TotalSeconds:0.#} s)", limit);
}
