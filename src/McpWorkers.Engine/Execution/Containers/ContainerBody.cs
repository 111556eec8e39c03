using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Execution.Limits;
using McpWorkers.Engine.Execution.Observing;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using Microsoft.Win32.SafeHandles;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>A run that is in a container: of its own, or in one that its worker keeps.</summary>
#pragma warning disable CA1001 // A cancellation source without a timer and a semaphore without a handle hold nothing; late observers still use them.
internal sealed class ContainerBody : IRunBody
#pragma warning restore CA1001
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    private readonly RunFiles _files;
    private readonly LaunchRecord _launch;
    private readonly SafeFileHandle? _exit;
    private readonly InsideRun _inside;
    private readonly EndWatch _watch;
    private readonly ContainerEnding _ending;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _observing = new();
    private readonly Lazy<Task> _watching;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly List<string> _notes;
    private readonly DiskWatch? _disk;
    private readonly ContainerUseWatch _use;
    private bool _isClear;
    private bool _ended;

    /// <param name="notes">What is to be said of the launch.</param>
    public ContainerBody(
        RunFiles files, LaunchRecord launch, SafeFileHandle? exit, InsideRun inside, EndWatch watch, ContainerEnding ending, IEnumerable<string> notes, TimeProvider time)
    {
        _files = files;
        _launch = launch;
        _exit = exit;
        _inside = inside;
        _watch = watch;
        _ending = ending;
        _time = time;
        _notes = [.. notes];
        _disk = launch.Limits.DiskBytes is { } disk && launch.Container!.SeesFiles ? new(launch.DiskPlaces, disk, time) : null;
        _use = new(inside.MeasureAsync, _observing.Token);
        _watching = new(() => _watch.RunAsync(_observing.Token));
    }

    public bool HasEnded
    {
        get
        {
            _ = _watching.Value;

            // Whoever writes there before the end has ended itself: what is left is killed all the same.
            return _ended = _ended || _watch.HasEnded || (RunFiles.ReadExit(_exit) is not null && _launch.Container!.SeesFiles);
        }
    }

    public void Note()
    {
        // A container holds its processes together by itself.
    }

    public LimitReached? Exceeded() => _disk?.Exceeded();

    public ExecutionUse? Measure() => _use.Read();

    public async Task StopAsync(StopPlan plan, CancellationToken cancellationToken)
    {
        foreach (var step in plan.Steps)
        {
            if (HasEnded || !await TrySignalAsync(step.Signal, cancellationToken))
            {
                break;
            }

            await UntilEndedAsync(step.Grace, cancellationToken);
        }

        await ClearAsync();
    }

    public async Task<int> ClearAsync()
    {
        await _turn.WaitAsync();
        try
        {
            if (_isClear)
            {
                return 0;
            }

            if (!HasEnded && await TrySignalAsync(StopSignal.Kill, CancellationToken.None))
            {
                await UntilEndedAsync(ContainerEnding.WitnessPatience, CancellationToken.None);
            }

            int killed = await _ending.ClearAsync(_watch.Lost is not null, _exit, _notes);
            _isClear = _ended = true;
            return killed;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task<BodyEnd> ConcludeAsync()
    {
        await _observing.CancelAsync();
        try
        {
            await _watching.Value;
        }
        catch (OperationCanceledException)
        {
            // It has nothing more to wait for.
        }

        int? code = RunFiles.ReadExit(_exit)?.Code ?? _ending.ExitCode;
        var reached = LimitWitness.Read(_files)?.Of(_launch.Limits, code) ?? _ending.Reached(_launch.Limits);
        string[] lost = code is null && _watch.Lost is { } sentence ? [sentence] : [];
        return new(code, reached, LimitHolds.OfContainers(_launch.Limits), [.. _notes, .. lost]);
    }

    public async Task EndInputAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!HasEnded)
            {
                await _inside.EndInputAsync(RunFiles.LengthOf(_files.Channel), cancellationToken);
            }
        }
        catch (EngineException) when (HasEnded)
        {
            // It ended first.
        }
    }

    private async Task<bool> TrySignalAsync(StopSignal signal, CancellationToken cancellationToken)
    {
        try
        {
            await _inside.LookAsync(signal, removes: false, cancellationToken);
            return true;
        }
        catch (EngineException)
        {
            // No shell, no engine, no container: whatever it is, asking is over.
            return false;
        }
    }

    private async Task UntilEndedAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        long begun = _time.GetTimestamp();
        while (!HasEnded && _time.GetElapsedTime(begun) < patience)
        {
            await Task.Delay(Poll, _time, cancellationToken);
        }
    }
}
