using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Checks;
using McpWorkers.Engine.Workspaces.Setup;

namespace McpWorkers.Engine.Workers.Places;

/// <summary>Makes a workspace ready: by what an earlier set-up from the same inputs made, else by running the command.</summary>
internal sealed class PlaceSetup(PlaceTools tools)
{
    /// <returns>Null where it is ready; else why not.</returns>
    /// <exception cref="OperationCanceledException">It was stopped; nothing of the command is left.</exception>
    public async Task<string?> RunAsync(Workspace workspace, SetupSpec setup, CheckOrder order, CancellationToken cancellationToken)
    {
        try
        {
            var key = await SetupKey.ReadAsync(workspace, setup, cancellationToken);
            if (await tools.Setups.TryBringAsync(workspace, setup, key, cancellationToken))
            {
                return null;
            }

            var done = await tools.Checks.RunAsync(order, CancellationToken.None, cancellationToken);
            if (!done.Passed)
            {
                return $"The set-up of the workspace, '{setup.Run}', {(done.ExitCode is { } code ? $"ended with exit code {code}" : "did not come to its end")}: {done.Output}";
            }

            await tools.Setups.KeepAsync(workspace, setup, key, cancellationToken);
            return null;
        }
        catch (Exception e) when (e is RefusedException or IOException or UnauthorizedAccessException)
        {
            return $"The set-up of the workspace, '{setup.Run}', could not be done: {e.Message}";
        }
    }
}
