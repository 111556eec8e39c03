using McpWorkers.Engine.Model;
using static McpWorkers.Engine.Settings.Keys.SettingShape;

namespace McpWorkers.Engine.Settings.Keys;

/// <summary>The keys of a role.</summary>
internal static class RoleKeys
{
    public static KeyTable Of(SettingKey name) => new(
        name,
        new("description", new Text(TextRule.Any), "One line about the role."),
        new("tags", new TextList(TextRule.Any), "Free words.", "[]"),
        new("instructions", new Text(TextRule.Any), "What stands before the prompt of each of its tasks."),
        new("specializations", new TextList(TextRule.NotEmpty), "What it is good at, in words; told to its agent.", "[]"),
        new("allowed_tools", new TextList(TextRule.NotEmpty), "The tools that its agent is told to keep to, by the agent's own names. What holds it is permission. Empty: all.", "[]"),
        new("permission", new Text(TextRule.Choice([.. PermissionNames.All])), "What its agent may do, as `permission` of a worker type. Left out: what the worker type says."),
        new("autonomy", new Text(TextRule.Choice([.. AutonomyLevelNames.All])),
            "How far its tasks may go alone. autonomous: what no rule decides is allowed; supervised: it is asked; human_required: so too, and each task waits for leave before it begins. Left out: requests.autonomy."),
        new("concurrency", new Whole(1, 100), "How many of its tasks run at once.", "1"),
        new("queues", new TextList(TextRule.EntryName), "The queues that it serves; it takes no task from another. A task whose priority has another queue waits in its first.", "[high_priority, default, low_priority]"),
        new("worker_types", new TextList(TextRule.EntryName), "Worker types in the order of preference: the first that is installed. Empty: worker_default_type.", "[]"),
        new("workspace", new Text(TextRule.Choice("directory", "worktree")), "Where its tasks are done. Left out: what the worker type says."),
        new("verify", new TextList(TextRule.NotEmpty), "Commands for the shell that must succeed after each attempt, besides those of the type and the task.", "[]"),
        new("timeout_seconds", new Whole(30, 3600), "The time-out of one attempt. Left out: what the worker type says."),
        new("budget", new Section(BudgetKeys.Budget), "What one of its tasks may spend, with all its attempts."),
        new("retry", new Section(Retry), "What follows a failed attempt."),
        new("tasks_per_worker", new Whole(1, 1000), "How many tasks are done one after the other in one prepared workspace or container; each has a session of its own in any case.", "1"));

    private static KeyTable Retry => new(
        new("max_attempts", new Whole(1, 20), "Attempts of one task in all.", "3"),
        new("workspace", new Text(TextRule.Choice("fresh", "same")), "Where the next attempt is made: as if nothing had been tried, or where the failed one left off.", "fresh"),
        new("after_loss", new Flag(), "Whether another attempt follows one that was lost with its machine or host, of which nobody knows how far it came.", "true"));
}
