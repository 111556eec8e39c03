using McpWorkers.Engine.Execution.Containers.Api;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>Why a command could not be started in a container, and what can be done.</summary>
internal static class LaunchWords
{
    /// <summary>For a wrapper that ended before it began its command.</summary>
    /// <param name="said">By itself, or by the program that was to start it.</param>
    public static string OfWrapper(string said, ContainerPlace place) =>
        FindNoShell(said, place) ?? $"The wrapper of the run ended in its container before it started the command. {said}".Trim();

    /// <summary>Engines with a first process of their own notice it only once the container runs.</summary>
    private static string? FindNoShell(string said, ContainerPlace place)
    {
        return Says("/bin/sh", "\"sh\"") && Says("no such file", "not found", "executable file")
            ? $"The image '{place.Image}' has no {ContainerWrapper.Shell}, which every run in a container needs. Take an image with a shell. ({said.Trim()})"
            : null;

        bool Says(params string[] any) => any.Any(words => said.Contains(words, StringComparison.OrdinalIgnoreCase));
    }

    public static string Of(EngineException e, ContainerPlace place)
    {
        string said = e.Message;
        return FindNoShell(said, place) is { } words ? words
            : Says("bind source path does not exist", "statfs")
                ? $"The container engine does not see this machine's files, or not at the same paths: {said} Use an engine of this machine; where this host is itself in a container, set containers.path_map."
            : Says("network") && Says("not found", "no such", "unable to find")
                ? $"The network '{place.Network}' is not known to the container engine: use none, default, or one that is there. ({said})"
            : e.Fault == EngineFault.Unreachable ? said
            : $"No container could be started from '{place.Image}': {said}";

        bool Says(params string[] any) => any.Any(words => said.Contains(words, StringComparison.OrdinalIgnoreCase));
    }
}
