using System.Globalization;

namespace McpWorkers.Engine.Execution.Containers.Api;

/// <summary>What both engines say of a container, in our words. Pure.</summary>
internal static class ContainerFactsReading
{
    public static ContainerFacts? Facts(WireContainer said)
    {
        if (said is not { Id: { Length: > 0 } id, State: { } state })
        {
            return null;
        }

        var at = State(state.Status);
        return new()
        {
            Id = id,
            Name = Name(said.Name),
            State = at,
            ExitCode = at is ContainerState.Exited or ContainerState.Dead ? state.ExitCode : null,
            IsOutOfMemory = state.OutOfMemory == true,
            Error = state.Error ?? "",
            Started = Time(state.StartedAt),
            Finished = at is ContainerState.Exited or ContainerState.Dead ? Time(state.FinishedAt) : null,
            Labels = said.Config?.Labels ?? new Dictionary<string, string>(),
        };
    }

    public static ContainerSummary? Summary(WireListed said) => said.Id is { Length: > 0 } id
        ? new(id, Name(said.Names is [var name, ..] ? name : ""), State(said.State), said.Labels ?? new Dictionary<string, string>())
        : null;

    /// <summary>Podman knows more states than Docker, and names some otherwise.</summary>
    public static ContainerState State(string? name) => name?.ToLowerInvariant() switch
    {
        "created" or "configured" or "initialized" => ContainerState.Created,
        "running" or "restarting" or "stopping" => ContainerState.Running,
        "paused" => ContainerState.Paused,
        "exited" or "stopped" => ContainerState.Exited,
        "removing" => ContainerState.Removing,
        _ => ContainerState.Dead,
    };

    /// <summary>Null for one that does not run: Docker then gives zeros, Podman nothing.</summary>
    public static ContainerUse? Use(WireStats said)
    {
        if (said is not { Memory.Usage: { } usage, Cpu.Usage.Total: { } cpu } || (usage == 0 && cpu == 0))
        {
            return null;
        }

        long reclaimable = said.Memory.Detail is { } detail ? detail.InactiveFileV1 ?? detail.InactiveFileV2 ?? 0 : 0;
        return new(Math.Max(0, usage - reclaimable), cpu, said.Processes?.Current);
    }

    private static string Name(string? name) => (name ?? "").TrimStart('/');

    // The year 1 stands for never.
    private static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && at.Year > 1 ? at : null;
}
