namespace McpWorkers.Engine.Tasks.Rules;

/// <summary>How many tasks go on, of each kind, and when a role was last served. For one thread at a time.</summary>
internal sealed class RunningTasks
{
    private readonly Dictionary<string, int> _roles = [];
    private readonly Dictionary<string, int> _types = [];
    private readonly Dictionary<string, int> _pools = [];
    private readonly Dictionary<string, long> _served = [];
    private long _serving;

    public int Total { get; private set; }

    public IReadOnlyDictionary<string, int> Roles => _roles;

    public int OfRole(string role) => _roles.GetValueOrDefault(role);

    public int OfType(string type) => _types.GetValueOrDefault(type);

    public int OfPool(string pool) => _pools.GetValueOrDefault(pool);

    /// <summary>Counts up with each task that is begun; 0 for a role that never was.</summary>
    public long LastServed(string role) => _served.GetValueOrDefault(role);

    public void Begin(TaskCandidate task)
    {
        Total++;
        Add(task, 1);
        _served[task.Role] = ++_serving;
    }

    public void End(TaskCandidate task)
    {
        Total--;
        Add(task, -1);
    }

    private void Add(TaskCandidate task, int change)
    {
        _roles[task.Role] = OfRole(task.Role) + change;
        _types[task.WorkerType] = OfType(task.WorkerType) + change;
        _pools[task.Pool] = OfPool(task.Pool) + change;
    }
}
