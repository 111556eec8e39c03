using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using Microsoft.Win32.SafeHandles;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>Sees to it that nothing of a run is left in its container, or of its container.</summary>
internal abstract class ContainerEnding(Func<CancellationToken, Task<IContainerEngine>> connect, InsideRun inside, TimeProvider time)
{
    /// <summary>With its command gone the wrapper writes down the status and ends by itself, unless somebody has halted it.</summary>
    public static readonly TimeSpan WitnessPatience = TimeSpan.FromSeconds(2);

    protected static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(10);
    protected static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    private const int KilledCode = 137;
    private const int AttemptsMax = 5;

    protected Func<CancellationToken, Task<IContainerEngine>> Connect => connect;

    protected InsideRun Inside => inside;

    protected TimeProvider Time => time;

    /// <summary>As the engine says; null where it was not asked, or cannot tell.</summary>
    public int? ExitCode { get; protected set; }

    protected bool IsOutOfMemory { get; set; }

    /// <summary>For where the wrapper itself died: the engine's flag alone means nothing, nor does the exit code.</summary>
    public LimitReached? Reached(ResourceLimits limits) =>
        IsOutOfMemory && ExitCode == KilledCode && limits.MemoryBytes is { } memory ? new(LimitKind.Memory, memory, null) : null;

    /// <param name="isLost">The engine is away.</param>
    /// <param name="notes">Taken down what is to be said.</param>
    /// <returns>How many processes there were.</returns>
    /// <exception cref="TimeoutException">Something does not even die when killed.</exception>
    public async Task<int> ClearAsync(bool isLost, SafeFileHandle? exit, List<string> notes)
    {
        if (isLost)
        {
            notes.Add($"What is left of the container '{inside.Container}' is removed once its engine is back, at the next start of the host.");
            return 0;
        }

        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await ClearAsync(exit, notes);
            }
            catch (EngineException e) when (e.Fault is EngineFault.Failed or EngineFault.Conflict && attempt < AttemptsMax)
            {
                // An engine trips over what another observer does at the same moment.
                await Task.Delay(Poll, time);
            }
            catch (EngineException e)
            {
                notes.Add($"The container '{inside.Container}' could not be cleared: {e.Message} What is left of it is removed at the next start of the host.");
                return 0;
            }
        }
    }

    protected abstract Task<int> ClearAsync(SafeFileHandle? exit, List<string> notes);
}

/// <summary>The container is the run's alone, and goes with it.</summary>
internal sealed class OwnContainerEnding(Func<CancellationToken, Task<IContainerEngine>> connect, InsideRun inside, TimeProvider time)
    : ContainerEnding(connect, inside, time)
{
    protected override async Task<int> ClearAsync(SafeFileHandle? exit, List<string> notes)
    {
        var engine = await Connect(CancellationToken.None);
        var facts = await UntilOverAsync(engine, WitnessPatience);
        if (facts is { State: ContainerState.Running or ContainerState.Paused })
        {
            await engine.KillAsync(Inside.Container, "SIGKILL", CancellationToken.None);
            facts = await UntilOverAsync(engine, KillPatience);
        }

        if (facts is { State: ContainerState.Running or ContainerState.Paused })
        {
            throw new TimeoutException($"The container '{Inside.Container}' did not end when killed.");
        }

        ExitCode = facts?.ExitCode;
        IsOutOfMemory = facts?.IsOutOfMemory ?? false;
        if (ExitCode is { } code && exit is not null && RunFiles.ReadExit(exit) is null)
        {
            // Before the container goes: else whoever comes later would find nothing that tells.
            RunFiles.WriteExit(exit, code, HostBoot.Uptime);
        }

        await engine.RemoveAsync(Inside.Container, CancellationToken.None);
        return 0;
    }

    private async Task<ContainerFacts?> UntilOverAsync(IContainerEngine engine, TimeSpan patience)
    {
        long begun = Time.GetTimestamp();
        while (true)
        {
            var facts = await engine.InspectAsync(Inside.Container, CancellationToken.None);
            if (facts is not { State: ContainerState.Running or ContainerState.Removing } || Time.GetElapsedTime(begun) > patience)
            {
                return facts;
            }

            await Task.Delay(Poll, Time);
        }
    }
}

/// <summary>The container stays for the worker's next run.</summary>
internal sealed class KeptContainerEnding(
    Func<CancellationToken, Task<IContainerEngine>> connect, InsideRun inside, RunFiles files, Task? attached, TimeProvider time)
    : ContainerEnding(connect, inside, time)
{
    private static readonly TimeSpan LastStep = TimeSpan.FromMilliseconds(500);

    protected override async Task<int> ClearAsync(SafeFileHandle? exit, List<string> notes)
    {
        if (await EndedAloneAsync())
        {
            return 0;
        }

        var engine = await Connect(CancellationToken.None);
        try
        {
            if (await TryClearAsync() is { } killed)
            {
                return killed;
            }
        }
        catch (EngineException)
        {
            // Without a shell that answers there is one way left; where the engine is away it fails too, and says so.
        }

        bool ran = await engine.InspectAsync(Inside.Container, CancellationToken.None) is { State: ContainerState.Running or ContainerState.Paused };
        await engine.RemoveAsync(Inside.Container, CancellationToken.None);
        notes.Add(ran
            ? "The run could only be ended together with the worker's container: what was kept in it, outside of mounted directories, is gone."
            : "The worker's container was ended from outside: what was kept in it, outside of mounted directories, is gone.");
        return 0;
    }

    /// <summary>The wrapper ended by itself, and it says that nothing was left.</summary>
    private async Task<bool> EndedAloneAsync()
    {
        if (LimitWitness.Read(files) is not { LeftSomething: false } || attached is null)
        {
            return false;
        }

        try
        {
            await attached.WaitAsync(LastStep, Time);
            return true;
        }
        catch (Exception e) when (e is TimeoutException or EngineException)
        {
            return false;
        }
    }

    /// <summary>Null where something does not go.</summary>
    private async Task<int?> TryClearAsync()
    {
        int killed = 0;
        long begun = Time.GetTimestamp();
        long? alone = null;
        while (Time.GetElapsedTime(begun) < KillPatience + WitnessPatience)
        {
            var (wrapperLives, others) = await Inside.LookAsync(StopSignal.Kill, removes: true, CancellationToken.None);
            if (!wrapperLives && others == 0)
            {
                return killed;
            }

            killed = Math.Max(killed, others);
            alone = others == 0 ? alone ?? Time.GetTimestamp() : null;
            if (alone is { } since && Time.GetElapsedTime(since) > WitnessPatience)
            {
                await Inside.KillWrapperAsync(CancellationToken.None);
            }

            await Task.Delay(Poll, Time);
        }

        return null;
    }
}
