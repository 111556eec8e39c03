using System.Net;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Daemon;

/// <summary>Who comes over HTTP from within a run is refused: a token does not tell who holds it, and a run's agent can read its user's files.</summary>
internal sealed class HttpCallers(WorkerManager manager)
{
    /// <param name="peer">The connection's other end.</param>
    /// <param name="ours">This end.</param>
    /// <param name="what">What it asks for.</param>
    /// <returns>Why it is refused; null where it is not.</returns>
    public string? RefusalOf(IPEndPoint peer, IPEndPoint ours, string what)
    {
        switch (manager.Voice.FindPeer(peer, ours))
        {
            case TcpPeer.Within within:
                manager.Voice.NoteRefused(within.RunId, $"HTTP {what}");
                return RunScope.Message(within.RunId);
            case TcpPeer.Unknown:
                manager.Voice.NoteRefused(null, $"HTTP {what}, from a process of which cannot be told what it is");
                return "It cannot be told which process of this machine calls, and it may be one within a run: it has ended, or it hides its descriptors, as a tunnel of ssh does. "
                    + "Keep the connection open until the answer is there; call directly, by the command line, or when no run goes on.";
            default:
                return null;
        }
    }
}
