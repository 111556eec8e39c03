using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Execution.Processes;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>Waits for the first sign of life of a wrapper in its container.</summary>
/// <param name="patience">After which the container is asked whether it sees our files at all.</param>
internal sealed class WrapperStart(IContainerEngine engine, InsideRun inside, RunFiles files, ContainerPlace place, TimeSpan patience, TimeProvider time)
{
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan WordsPatience = TimeSpan.FromSeconds(2);

    // A machine under load may take its time; a container that sees our files will say so.
    private static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(60);

    /// <param name="whyOver">Whether the wrapper ended already, and its words; null while it lives.</param>
    /// <returns>False where the wrapper waits and does not see our files.</returns>
    /// <exception cref="LaunchException">It ended before it began its command.</exception>
    /// <exception cref="EngineException">The engine fails.</exception>
    public async Task<bool> SeesFilesAsync(Func<Task<string?>> whyOver, CancellationToken cancellationToken)
    {
        long begun = time.GetTimestamp();
        var looked = TimeSpan.Zero;
        bool isAsked = false;
        while (RunFiles.LengthOf(files.Pid) == 0)
        {
            var waited = time.GetElapsedTime(begun);
            if (waited - looked > Look)
            {
                looked = waited;
                if (await whyOver() is { } words && RunFiles.LengthOf(files.Pid) == 0)
                {
                    throw new LaunchException(LaunchWords.OfWrapper(words, place));
                }
            }

            if (waited > patience && !isAsked && !Path.Exists(Path.Combine(inside.Directory, ContainerWrapper.StartedFile)))
            {
                if (!await inside.SeesFilesAsync(cancellationToken))
                {
                    return false;
                }

                isAsked = true;
            }

            if (waited > PatienceMax)
            {
                throw new LaunchException($"The wrapper of the run did not report from its container within {PatienceMax.TotalSeconds} s.");
            }

            await Task.Delay(waited < Look ? Quick : Slow, time, cancellationToken);
        }

        return true;
    }

    /// <summary>For a container that is the run's alone.</summary>
    public async Task<string?> WhyOverAsync(CancellationToken cancellationToken)
    {
        if (await engine.InspectAsync(inside.Container, cancellationToken) is { State: ContainerState.Running or ContainerState.Created } )
        {
            return null;
        }

        var said = new SaidText();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(WordsPatience);
        try
        {
            await engine.FollowAsync(inside.Container, said.Take, limit.Token);
        }
        catch (Exception e) when (e is EngineException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // What was said until then will do.
        }

        return said.Text;
    }

    /// <summary>For a command in a kept container.</summary>
    public async Task<string?> WhyOverAsync(Task<ExecEnd> attached, OutputStream output, CancellationToken cancellationToken)
    {
        if (!attached.IsCompleted)
        {
            return null;
        }

        // The container itself may not have come up.
        if (await WhyOverAsync(cancellationToken) is { } words)
        {
            return words;
        }

        await attached;
        return output.Said;
    }
}
