using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Containers;

/// <summary>How the commands of a worker are started, as its spawn said it, else its type.</summary>
/// <param name="Image">Of its containers; null without.</param>
internal sealed record LaunchChoice(LauncherKind Launcher, string? Image)
{
    public static LaunchChoice Process { get; } = new(LauncherKind.Process, null);

    /// <exception cref="RefusedException">The parts do not fit each other.</exception>
    public static LaunchChoice Of(WorkerType type, LauncherKind? asked, string? image)
    {
        var launcher = asked ?? (image is null ? type.Launcher : LauncherKind.Container);
        if (launcher == LauncherKind.Process)
        {
            return image is not null
                ? throw Arguments.Invalid($"The image '{image}' is for the launcher 'container'; this worker's is 'process'.")
                : type.Agent == ContainerTypes.Agent
                    ? throw Arguments.Invalid($"Worker type '{type.Name}' runs its commands in a container only; leave the launcher out.")
                    : Process;
        }

        string? named = image ?? type.Container.Image;
        return named is null
            ? throw Arguments.Invalid(
                $"Workers of type '{type.Name}' in containers need an image: name one with the call (image), or as container.image of the type in ecosystem.yaml.")
            : !ImageName.IsPlausible(named)
                ? throw Arguments.Invalid($"'{named}' is not the name of an image, such as 'node:22' or 'localhost/agents:1'.")
                : new(LauncherKind.Container, named);
    }
}

/// <summary>The worker types that have no agent CLI: prompts are commands for the shell of a container.</summary>
internal static class ContainerTypes
{
    public const string Agent = "container";
}
