using McpWorkers.Engine.Execution.Containers.Api;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>
/// Waits for the end of a run's wrapper, by the engine. The wrapper's own word in the file <c>exit</c> is quicker mostly; this is for those
/// that could not say it, and for an engine that goes away.
/// </summary>
/// <param name="attached">The wrapper's own stream, where this host started it: it ends with the wrapper. Null for a run that was adopted.</param>
/// <param name="patience">How long an engine may be away before the run is given up.</param>
internal sealed class EndWatch(
    Func<CancellationToken, Task<IContainerEngine>> connect, InsideRun inside, bool isKept, Task? attached, TimeSpan patience, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private volatile bool _ended;

    public bool HasEnded => _ended;

    /// <summary>Why nobody knows how it ended, in a sentence; null where that is not so.</summary>
    public string? Lost { get; private set; }

    /// <summary>Ends when the run has ended, or is given up. Never throws but by its token.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (attached is not null)
        {
            try
            {
                await attached.WaitAsync(cancellationToken);
            }
            catch (EngineException)
            {
                // The stream broke; whether the run did is asked below.
            }
        }

        long? away = null;
        while (!await IsOverAsync())
        {
            await Task.Delay(Pause, time, cancellationToken);
        }

        _ended = true;

        async Task<bool> IsOverAsync()
        {
            try
            {
                bool over = await AskAsync(cancellationToken);
                away = null;
                return over;
            }
            catch (EngineException e)
            {
                away ??= time.GetTimestamp();
                if (time.GetElapsedTime(away.Value) < patience)
                {
                    return false;
                }

                Lost = $"The container engine stopped answering while the run went on, and nobody can say how it ended: {e.Message}";
                return true;
            }
        }
    }

    private async Task<bool> AskAsync(CancellationToken cancellationToken)
    {
        var engine = await connect(cancellationToken);
        if (!isKept)
        {
            await engine.WaitAsync(inside.Container, cancellationToken);
        }

        if (await engine.InspectAsync(inside.Container, cancellationToken) is not { State: ContainerState.Running or ContainerState.Paused })
        {
            return true;
        }

        if (!isKept)
        {
            return false;
        }

        await inside.AwaitWrapperAsync(cancellationToken);
        return !(await inside.LookAsync(null, removes: false, cancellationToken)).WrapperLives;
    }
}
