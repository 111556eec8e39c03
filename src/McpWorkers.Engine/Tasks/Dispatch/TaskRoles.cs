using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks.Rules;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>The roles of the settings, and what follows from them.</summary>
internal sealed class TaskRoles(HostSettings settings)
{
    private readonly Dictionary<string, RoleSettings> _roles = settings.Roles.ToDictionary(role => role.Name);

    public IReadOnlyList<string> Names => [.. settings.Roles.Select(role => role.Name)];

    public string Default => settings.Tasks.DefaultRole;

    /// <summary>One that is configured no more, and still has tasks, does them one by one and as its tasks say.</summary>
    public RoleSettings Of(string name) => _roles.TryGetValue(name, out var role) ? role : new RoleSettings { Name = name };

    /// <exception cref="RefusedException">It is not configured.</exception>
    public RoleSettings Find(string name) => _roles.TryGetValue(name, out var role)
        ? role
        : throw new RefusedException(
            RefusalCode.InvalidArgument,
            $"Role '{name}' is not known. Known: {string.Join(", ", Names)}. Add it to roles in ecosystem.yaml, or name another one.");

    public ChoiceLimits Limits(int host) => new(host, settings.Roles.ToDictionary(role => role.Name, role => role.Concurrency));

    public RetryRules RetryOf(string role) => RetryRules.Of(Of(role), settings.Tasks.Retry);

    public TaskCandidate CandidateOf(WorkTask task) => new(
        task.TaskId, task.Priority, task.Position, task.Role, task.Spec.WorkerType ?? (Of(task.Role).WorkerTypes is [var first, ..] ? first : ""));
}
