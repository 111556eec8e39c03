using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage;

/// <summary>What all stores of tasks have in common.</summary>
internal static class TaskRules
{
    public static void Check(TaskQuery query)
    {
        if (query.Limit is < 1 or > TaskQuery.LimitMax)
        {
            throw new ArgumentOutOfRangeException(nameof(query), query.Limit, $"Allowed are 1 to {TaskQuery.LimitMax}.");
        }
    }

    /// <param name="found">Up to one more than asked for.</param>
    public static TaskPage Page(IReadOnlyList<WorkTask> found, int limit) =>
        found.Count > limit ? new([.. found.Take(limit)], found[limit - 1].Position) : new(found, null);

    /// <summary>States without a task are there with 0.</summary>
    public static Dictionary<TaskState, long> Counts(IEnumerable<(string State, long Count)> counts)
    {
        var known = counts.ToDictionary(each => each.State, each => each.Count);
        return Enum.GetValues<TaskState>().ToDictionary(state => state, state => known.GetValueOrDefault(state.ToWire()));
    }
}
