using McpWorkers.Daemon;
using McpWorkers.Daemon.Client;

namespace McpWorkers.Cli.Daemon;

/// <summary>How this program's commands come to a daemon, and how it is one.</summary>
/// <param name="Door">What to ask for at the door; the second word is the kind of client (<c>mcp</c>, <c>cli</c>).</param>
/// <param name="Options">What the daemon is made of.</param>
/// <param name="Input">Standard input as bytes, for the relay.</param>
/// <param name="Output">Standard output as bytes, for the relay.</param>
internal sealed record DaemonSetup(
    Func<EngineRequest, string, DoorRequest> Door,
    Func<EngineRequest, DaemonArguments, DaemonOptions> Options,
    Func<Stream> Input,
    Func<Stream> Output)
{
    /// <summary>For command lines in memory.</summary>
    public static DaemonSetup None { get; } = new(
        (_, _) => throw new InvalidOperationException("no daemon"),
        (_, _) => throw new InvalidOperationException("no daemon"),
        () => Stream.Null,
        () => Stream.Null);
}
