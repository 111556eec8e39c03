using McpWorkers.Engine.Execution.Output;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using Microsoft.Win32.SafeHandles;

namespace McpWorkers.Engine.Execution.Observing;

/// <summary>Observes and stops one run by its directory. Several may do so at once, also of several hosts: all of them come to the same end.</summary>
#pragma warning disable CA1001 // The exit file is given back with this object: several observations may want it, one after the other.
internal sealed class RunHandle : IExecutionHandle
#pragma warning restore CA1001
{
    // A run that has been silent for ten seconds is looked at twice a second; one that says something once a second, every 50 ms.
    private static readonly TimeSpan PollMax = TimeSpan.FromMilliseconds(500);
    private const double PollPartOfSilence = 0.05;

    // Short enough that millions of short lines do not keep the bounds from being looked at.
    private const long BytesBetweenChecks = 256 * 1024;

    private readonly RunFiles _files;
    private readonly LaunchRecord _launch;
    private readonly IRunBody _body;
    private readonly PollTicks _ticks;
    private readonly TimeProvider _time;
    private readonly SafeFileHandle? _exit;
    private readonly bool _sameBoot;

    // Where the disk is full the reason cannot be written down; the run is stopped all the same, and this observer knows why.
    private StopReason? _unwritten;

    /// <param name="exit">
    /// Opened before the command began, where that was possible: the wrapper writes into that very file, whatever the command puts in its place.
    /// </param>
    /// <param name="sameBoot">The machine has not been started anew since the launch.</param>
    public RunHandle(RunFiles files, LaunchRecord launch, IRunBody body, SafeFileHandle? exit, bool sameBoot, PollTicks ticks, TimeProvider time)
    {
        _exit = exit;
        _files = files;
        _launch = launch;
        _body = body;
        _ticks = ticks;
        _time = time;
        _sameBoot = sameBoot;
    }

    public string RunDirectory => _files.Directory;

    public DateTimeOffset Started => _launch.Started;

    /// <inheritdoc/>
    public bool HasOpenInput => _launch.HasChannel;

    /// <inheritdoc/>
    public bool HasEnded => _body.HasEnded;

    /// <inheritdoc/>
    public ExecutionUse? Measure() => _body.HasEnded ? null : _body.Measure();

    /// <inheritdoc/>
    public async Task<ExecutionEnd> ObserveAsync(IRunReader reader, CancellationToken cancellationToken)
    {
        using var output = await OpenOutputAsync();
        using var errors = new ErrorFollower(reader, _files.Stderr);
        var watch = new BoundsWatch(_launch, _files, _sameBoot, _time);
        var activity = default(RunActivity);
        long lastRead = _time.GetTimestamp();

        // A host before this one had begun to stop it.
        var stopping = !_body.HasEnded && Stop() is { } begun ? StopAsync(begun, PlanFor(begun.Kind), CancellationToken.None) : null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // Asked before reading: what was written until the end is read below.
            bool ended = _body.HasEnded;
            long read = output.ReadOn(Take, Math.Min(BytesBetweenChecks, _launch.Bounds.OutputBytesMax - output.Position));
            if (ended || stopping is { IsFaulted: true })
            {
                break;
            }

            if (read > 0)
            {
                lastRead = _time.GetTimestamp();
            }

            errors.Look();
            _body.Note();
            if (stopping is null && (watch.Reached(activity, output.Lines, output.Position, read > 0, reader) ?? Resource() ?? reader.Look()) is { } reason)
            {
                stopping = StopAsync(reason, PlanFor(reason.Kind), CancellationToken.None);
            }

            if (read == BytesBetweenChecks)
            {
                await Task.Yield();
            }
            else
            {
                var pause = _time.GetElapsedTime(lastRead) * PollPartOfSilence;
                await _ticks.WaitAsync(pause < PollMax ? pause : PollMax, cancellationToken);
            }
        }

        await (stopping ?? Task.CompletedTask);
        int leftovers = await _body.ClearAsync();

        // Of a flood as much is read as was allowed, to the byte, so that every observer comes to the same.
        long wanted = Stop()?.Kind == StopKind.OutputBytes ? _launch.Bounds.OutputBytesMax : long.MaxValue;
        while (output.ReadOn(Take, Math.Min(BytesBetweenChecks, wanted - output.Position)) > 0)
        {
        }

        bool unterminated = output.HasOpenLine;
        output.Finish(Take);
        errors.Finish();
        return End(RunFiles.ReadExit(_exit), output, leftovers, unterminated, await _body.ConcludeAsync());

        void Take(in OutputLine line) => activity = reader.Take(line);
    }

    /// <inheritdoc/>
    public async Task StopAsync(StopReason reason, StopPlan? plan, CancellationToken cancellationToken)
    {
        if (!_body.HasEnded)
        {
            Record(reason);
            await _body.StopAsync(plan ?? _launch.Stop, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task WriteInputAsync(ReadOnlyMemory<byte> lines, bool end, CancellationToken cancellationToken)
    {
        if (!_launch.HasChannel)
        {
            throw new InvalidOperationException("This run was launched with its whole input.");
        }

        using (var file = PlainFile.TryOpen(_files.Channel, append: true) ?? throw new IOException($"'{_files.Channel}' is no file that can be written."))
        {
            await RandomAccess.WriteAsync(file, lines, RandomAccess.GetLength(file), cancellationToken);
        }

        if (end)
        {
            await _body.EndInputAsync(cancellationToken);
        }
    }

    private async Task<OutputFollower> OpenOutputAsync()
    {
        try
        {
            return new(_files.Stdout, _launch.Bounds.LineBytesMax);
        }
        catch (FileNotFoundException)
        {
            // The command has taken its output away: nobody can look after it, so nothing of it may stay.
            await _body.StopAsync(StopPlan.KillNow, CancellationToken.None);
            throw;
        }
    }

    private static StopPlan? PlanFor(StopKind kind) => kind switch
    {
        // A flood is not asked to end: it would fill the disk meanwhile.
        StopKind.OutputBytes => StopPlan.KillNow,

        // Nor is what takes the machine from the others.
        StopKind.Resource => StopPlan.KillNow,

        // To an interrupt some agents answer with one more result, which would stand behind the one that counts.
        StopKind.AfterResult => StopPlan.TerminateOnly,
        _ => null,
    };

    private void Record(StopReason reason)
    {
        try
        {
            StopRecord.TryWrite(_files.Stop, reason, _time.GetUtcNow());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _unwritten ??= reason;
        }
    }

    private StopReason? Resource() => _body.Exceeded() is { } reached ? new(StopKind.Resource, LimitText.Of(reached), null, reached) : null;

    private StopReason? Stop() => StopRecord.Read(_files.Stop) ?? _unwritten;

    private ExecutionEnd End((int Code, double? Uptime)? exit, OutputFollower output, int leftovers, bool unterminated, BodyEnd body) => new()
    {
        Exit = (exit?.Code ?? body.ExitCode) is { } code ? new ExitStatus.Code(code) : new ExitStatus.Unknown(),
        Stop = Stop(),
        Started = _launch.Started,
        Duration = new RunDuration(_launch, _files, _sameBoot).Until(exit),
        Output = new(RunFiles.LengthOf(_files.Stdout), RunFiles.LengthOf(_files.Stderr), output.Lines, output.ShortenedLines, unterminated),
        StderrTail = StderrTail.Read(_files.Stderr),
        LeftoversKilled = leftovers,
        Reached = body.Reached,
        Limits = body.Limits,
        Notes = body.Notes,
    };
}
