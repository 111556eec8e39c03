using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Daemon;

/// <summary>As what somebody comes in.</summary>
internal abstract record Admission
{
    private Admission()
    {
    }

    /// <summary>With all methods and tools; where it comes from within a run, with that run's workers alone.</summary>
    internal sealed record AsClient : Admission;

    /// <summary>To ask, report and share for one run, and for nothing else.</summary>
    internal sealed record AsRun(string RunId) : Admission;

    internal sealed record Refused(string Message) : Admission;
}

/// <summary>
/// Decides who may do what at the socket: a process within a run gets what that run may do, whatever it says of itself, and nobody approves himself.
/// What is refused is noted.
/// </summary>
internal sealed class RunScope(WorkerManager manager)
{
    /// <param name="within">The run within which the client is, as the system tells it, or as it says itself; null for none.</param>
    /// <param name="isGone">Whether the process that connected has ended, so that nobody can tell who speaks.</param>
    public Admission Judge(ClientHello hello, string? within, bool isGone) =>
        isGone ? RefuseGone(within, hello.Kind)
        : hello.Kind == ClientHello.Run ? JudgeServer(hello, within)
        : within is null || manager.Voice.MayDelegate(within) ? new Admission.AsClient()
        : Refuse(within, $"kind {hello.Kind}", Message(within));

    /// <summary>One message for the socket and for HTTP.</summary>
    public static string Message(string within) =>
        $"This comes from within run '{within}'. A run may only ask, report and share, through its own MCP server; all else is its user's to do. "
        + "A worker type whose agents are to spawn workers of their own says may_delegate: true.";

    private Admission.Refused RefuseGone(string? within, string kind)
    {
        // While no run goes on, nobody is within one.
        if (within is not null || manager.Voice.HasRuns)
        {
            manager.Voice.NoteRefused(within, $"kind {kind}, over a connection of a process that has ended");
        }

        return new Admission.Refused(
            "The process that made this connection has ended, or cannot be looked at, and it may have been one within a run: nobody can tell who speaks. "
            + "Connect from the process that speaks, and keep it until the answer is there.");
    }

    private Admission JudgeServer(ClientHello hello, string? within)
    {
        string runId;
        try
        {
            runId = manager.Voice.RunOf(hello.Token);
        }
        catch (RefusedException refused)
        {
            return Refuse(within, $"the token of a run: {refused.Message}", refused.Message);
        }

        return within is null || within == runId
            ? new Admission.AsRun(runId)
            : Refuse(within, $"the token of run '{runId}'", $"This comes from within run '{within}', and the token is another run's.");
    }

    private Admission.Refused Refuse(string? within, string what, string message)
    {
        manager.Voice.NoteRefused(within, what);
        return new(message);
    }
}
