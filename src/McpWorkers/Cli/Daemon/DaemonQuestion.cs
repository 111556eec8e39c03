using System.Text.Json.Nodes;
using McpWorkers.Daemon.Client;
using McpWorkers.Engine.Model;

namespace McpWorkers.Cli.Daemon;

/// <summary>One question to the daemon that is no tool; it is started where none runs.</summary>
internal static class DaemonQuestion
{
    public static async Task<JsonObject> AskAsync(
        CliEnvironment environment, EngineRequest request, string method, JsonObject parameters, TimeSpan limit, CancellationToken cancellationToken)
    {
        var wanted = environment.Daemon.Door(request, "cli");
        using var door = await DaemonDoor.OpenAsync(wanted, cancellationToken);
        try
        {
            return await new DaemonControl(door, wanted.Time).AskAsync(method, parameters, limit, cancellationToken);
        }
        catch (IOException e)
        {
            throw new RefusedException(RefusalCode.Unsupported, $"{e.Message} Try again.");
        }
    }
}
