using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Execution.Limits;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>What is looked at before an engine is asked for a container: engines let some of it pass, and make of it what nobody wants.</summary>
internal static class ContainerChecks
{
    /// <exception cref="LaunchException">It cannot be had like this; the message says what can be done.</exception>
    public static void Check(CommandLaunch launch, ContainerPlace place, EngineIdentity engine)
    {
        foreach (var mount in place.Mounts)
        {
            // By its older way of binding an engine would make what is missing, as the superuser.
            if (!Path.Exists(mount.Source))
            {
                throw new LaunchException($"'{mount.Source}' does not exist, so it cannot be mounted in the container.");
            }

            if (!Path.IsPathRooted(mount.Source) || !mount.Target.StartsWith('/'))
            {
                throw new LaunchException($"The mount of '{mount.Source}' at '{mount.Target}' needs absolute paths on both sides.");
            }
        }

        if (launch.Input is LaunchInput.Channel && place.IsKept)
        {
            throw new LaunchException("A command with growing input runs in a container of its own only.");
        }

        if (ContainerLimits.FindFault(launch.Limits, engine) is { } fault)
        {
            throw new LaunchException(fault);
        }
    }
}
