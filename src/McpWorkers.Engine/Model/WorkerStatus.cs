namespace McpWorkers.Engine.Model;

/// <summary>The seven states that a worker shows to its clients. Finer facts ride in a result's metadata.</summary>
public enum WorkerStatus
{
    /// <summary>Ready; nothing has run yet.</summary>
    Pending,

    /// <summary>A prompt is accepted and waits for a slot, or its agent is being launched.</summary>
    Starting,

    Running,
    Completed,
    Failed,
    Timeout,
    Cancelled,
}

/// <summary>The names of <see cref="WorkerStatus"/> on the wire: lower case English words.</summary>
public static class WorkerStatusNames
{
    public static string ToWire(this WorkerStatus status) => status switch
    {
        WorkerStatus.Pending => "pending",
        WorkerStatus.Starting => "starting",
        WorkerStatus.Running => "running",
        WorkerStatus.Completed => "completed",
        WorkerStatus.Failed => "failed",
        WorkerStatus.Timeout => "timeout",
        WorkerStatus.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    /// <summary>Reads a wire name. Returns false for anything but the seven names, in lower case.</summary>
    public static bool TryParse(string? name, out WorkerStatus status)
    {
        foreach (var candidate in Enum.GetValues<WorkerStatus>())
        {
            if (candidate.ToWire() == name)
            {
                status = candidate;
                return true;
            }
        }

        status = default;
        return false;
    }

    /// <summary>True once nothing more happens without a new prompt.</summary>
    public static bool IsSettled(this WorkerStatus status) =>
        status is WorkerStatus.Completed or WorkerStatus.Failed or WorkerStatus.Timeout or WorkerStatus.Cancelled;
}
