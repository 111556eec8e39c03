using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks;

/// <summary>What new tasks come after: their callers name ids and keys, and tasks hold ids.</summary>
internal static class TaskOrder
{
    /// <param name="find">A task that is there already, by id or key; null where there is none.</param>
    /// <exception cref="RefusedException">One comes after what is not known, or after itself.</exception>
    public static async Task<IReadOnlyList<WorkTask>> ResolveAsync(IReadOnlyList<WorkTask> tasks, Func<string, Task<WorkTask?>> find)
    {
        var ids = new Dictionary<string, string>();
        foreach (var task in tasks.Where(task => task.Key is not null))
        {
            // Of two with one key the first is the one that is added, unless there is one already.
            ids.TryAdd(task.Key!, await find(task.Key!) is { } known ? known.TaskId : task.TaskId);
        }

        var resolved = new List<WorkTask>(tasks.Count);
        foreach (var task in tasks)
        {
            var after = new List<string>();
            foreach (string name in task.After)
            {
                if (!ids.TryGetValue(name, out string? id))
                {
                    id = (await find(name))?.TaskId ?? throw TaskHost.Invalid($"after names '{name}', which is neither the id nor the key of a task that is known. 'tasks list' shows those that there are; tasks that are added together may name each other by key.");
                    ids.Add(name, id);
                }

                after.Add(id);
            }

            resolved.Add(task with { After = [.. after.Distinct()] });
        }

        CheckCircles(resolved);
        return resolved;
    }

    private static void CheckCircles(List<WorkTask> tasks)
    {
        var left = tasks.ToDictionary(task => task.TaskId);
        while (left.Count > 0)
        {
            var free = left.Values.Where(task => !task.After.Any(left.ContainsKey)).ToList();
            if (free.Count == 0)
            {
                throw TaskHost.Invalid(
                    $"These tasks come after each other in a circle: {string.Join(", ", left.Values.Select(task => task.Key ?? task.TaskId).Take(20))}.");
            }

            free.ForEach(task => left.Remove(task.TaskId));
        }
    }
}
