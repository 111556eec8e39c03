using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks.Rules;

/// <summary>
/// Which task is begun next. Pure. The highest priority first; within it the role that uses the smallest part of what it may, and among equal
/// ones the one that was served the longest ago; within a role the oldest.
/// </summary>
internal static class TaskChoice
{
    /// <param name="waiting">In any order. Of those that are alike but for their age the oldest is enough.</param>
    /// <returns>Null where none may be begun.</returns>
    public static TaskCandidate? Next(IEnumerable<TaskCandidate> waiting, RunningTasks running, ChoiceLimits limits, DateTimeOffset now)
    {
        if (running.Total >= limits.Host)
        {
            return null;
        }

        TaskCandidate? best = null;
        foreach (var candidate in waiting)
        {
            if (MayBegin(candidate, running, limits, now) && (best is null || Compare(candidate, best, running, limits) < 0))
            {
                best = candidate;
            }
        }

        return best;
    }

    /// <summary>Whether a task may be begun, a slot aside.</summary>
    public static bool MayBegin(TaskCandidate task, RunningTasks running, ChoiceLimits limits, DateTimeOffset now) =>
        task.Blocked is null
        && !limits.Held.Contains(task.Account)
        && !(task.NotBefore > now)
        && running.OfRole(task.Role) < limits.OfRole(task.Role)
        && running.OfType(task.WorkerType) < limits.OfType(task.WorkerType)
        && running.OfPool(task.Pool) < limits.OfPool(task.Pool);

    private static int Compare(TaskCandidate one, TaskCandidate other, RunningTasks running, ChoiceLimits limits)
    {
        int order = one.Priority.CompareTo(other.Priority);
        if (order == 0 && one.Role != other.Role)
        {
            order = Share(one.Role, other.Role).CompareTo(Share(other.Role, one.Role));
            order = order != 0 ? order : running.LastServed(one.Role).CompareTo(running.LastServed(other.Role));
        }

        return order != 0 ? order : one.Position.CompareTo(other.Position);

        // Running of one over its limit, against the same of the other, without dividing.
        long Share(string role, string than) => (long)running.OfRole(role) * limits.OfRole(than);
    }
}

/// <summary>A task that waits, as far as the choice is concerned.</summary>
/// <param name="Position">Its place in order of acceptance.</param>
/// <param name="Pool">What shares a limit beyond worker types, such as one account; empty for none.</param>
/// <param name="Account">The worker type and credential whose service must give something, see <see cref="ChoiceLimits.Held"/>; empty where nobody knows.</param>
/// <param name="Blocked">What it waits for beside a slot; null for nothing.</param>
internal sealed record TaskCandidate(
    string TaskId, TaskPriority Priority, long Position, string Role, string WorkerType = "", string Pool = "", DateTimeOffset? NotBefore = null,
    WaitReason? Blocked = null, string Account = "");

/// <summary>How many may go on at once. What is not named has no limit of its own; a role that is not named has 1.</summary>
internal sealed record ChoiceLimits(int Host, IReadOnlyDictionary<string, int> Roles)
{
    public IReadOnlyDictionary<string, int> Types { get; init; } = new Dictionary<string, int>();

    public IReadOnlyDictionary<string, int> Pools { get; init; } = new Dictionary<string, int>();

    /// <summary>Accounts that give no more for a while.</summary>
    public IReadOnlySet<string> Held { get; init; } = new HashSet<string>();

    public int OfRole(string role) => Roles.TryGetValue(role, out int limit) ? limit : 1;

    public int OfType(string type) => Types.TryGetValue(type, out int limit) ? limit : int.MaxValue;

    public int OfPool(string pool) => Pools.TryGetValue(pool, out int limit) ? limit : int.MaxValue;
}
