using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks.Rules;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>The roles of the settings, and what follows from them.</summary>
internal sealed class TaskRoles(HostSettings settings)
{
    private readonly Dictionary<string, RoleSettings> _roles = settings.Roles.ToDictionary(role => role.Name);
    private readonly Dictionary<string, string> _pools =
        settings.WorkerTypes.Where(type => type.Pool is not null).ToDictionary(type => type.Name, type => type.Pool!);

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

    public ChoiceLimits Limits(int host) => new(host, settings.Roles.ToDictionary(role => role.Name, role => role.Concurrency))
    {
        Types = settings.WorkerTypes.Where(type => type.TasksMax is not null).ToDictionary(type => type.Name, type => type.TasksMax!.Value),
        Pools = settings.Pools,
    };

    /// <summary>Of one queue.</summary>
    public int RetriesPerMinute => settings.Tasks.Retry.PerMinute;

    public RetryRules RetryOf(string role) => RetryRules.Of(Of(role), settings.Tasks.Retry);

    /// <param name="type">Of the worker that would do it now, or does it; empty where none can be told.</param>
    /// <param name="account">With which credential, see <see cref="IAttempts.AccountOf"/>.</param>
    public TaskCandidate CandidateOf(WorkTask task, string type, string account) =>
        new(task.TaskId, task.Priority, task.Position, task.Role, type, _pools.GetValueOrDefault(type, ""), Account: account);
}
