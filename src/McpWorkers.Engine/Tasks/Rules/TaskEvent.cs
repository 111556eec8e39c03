using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks.Rules;

/// <summary>What may happen to a task.</summary>
internal abstract record TaskEvent
{
    private TaskEvent()
    {
    }

    /// <summary>What it waited for is there: a time, or the tasks before it.</summary>
    public sealed record Freed : TaskEvent;

    /// <summary>A task that it comes after came to nothing.</summary>
    public sealed record DependencyFailed(string Detail) : TaskEvent;

    /// <summary>It has a slot, and an attempt at it begins under these ids.</summary>
    public sealed record Claimed(string RunId, string WorkerId) : TaskEvent;

    /// <summary>Of the attempt that had begun nothing was ever started: it begins anew, under other ids.</summary>
    public sealed record BegunAnew(string RunId, string WorkerId) : TaskEvent;

    /// <param name="Next">What follows by the rules of its role.</param>
    public sealed record AttemptEnded(AttemptEnd End, NextStep Next) : TaskEvent;

    /// <summary>It leaves the line until <see cref="Unparked"/>.</summary>
    public sealed record Parked(WaitReason Reason, string Detail) : TaskEvent;

    public sealed record Unparked : TaskEvent;

    public sealed record CancelAsked(string Detail) : TaskEvent;

    /// <summary>All work is to stop: its attempt is stopped, and it goes back into the line.</summary>
    public sealed record HandBackAsked : TaskEvent;

    /// <summary>A person wants it tried again.</summary>
    public sealed record RetryAsked : TaskEvent;

    /// <param name="Queue">Of its priority after the change.</param>
    public sealed record Edited(TaskEdit Edit, string Queue) : TaskEvent;
}

/// <summary>How an attempt ended.</summary>
/// <param name="Detail">One line for a person; empty after a success.</param>
internal sealed record AttemptEnd(AttemptOutcome Outcome, AttemptCause Cause, string Detail = "");

/// <summary>What follows an attempt.</summary>
internal abstract record NextStep
{
    private NextStep()
    {
    }

    public sealed record Finish(TaskState State) : NextStep;

    public sealed record Again(TimeSpan Delay) : NextStep;

    /// <summary>It leaves the line until what it waits for is there.</summary>
    public sealed record Park(WaitReason Reason) : NextStep;
}
