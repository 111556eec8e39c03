using System.Collections.Concurrent;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Hosting;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>Which worker type does a task: the one that it names, else the first of its role that is installed, else the host's own choice.</summary>
internal sealed class AttemptTypes(PlannedRuns runs, TaskRoles roles, TaskEnvironments environments)
{
    /// <summary>Programs are looked for again after so long: the choice among ten thousand tasks asks for the type of each.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Question, (string Type, long Since)> _known = new();
    private readonly ConcurrentDictionary<(string Type, string? Environment), string> _accounts = new();

    /// <summary>As of a moment ago; where none can run, the one that was meant; empty where that is nobody's to say.</summary>
    public string Of(WorkTask task)
    {
        var question = new Question(task.Spec.WorkerType, task.Role, task.Spec.Environment, task.Spec.Launcher, task.Spec.Image);
        if (_known.TryGetValue(question, out var known) && runs.Time.GetElapsedTime(known.Since) < Fresh)
        {
            return known.Type;
        }

        string type;
        try
        {
            type = Choose(task, environments.Find(task.Spec.Environment));
        }
        catch (RefusedException)
        {
            type = Wanted(task) is [var first, ..] ? first : "";
        }

        if (_known.Count > 1000)
        {
            _known.Clear();
        }

        _known[question] = (type, runs.Time.GetTimestamp());
        return type;
    }

    /// <summary>With whose credential: a kept environment never changes, nor does the host's own.</summary>
    public string AccountOf(WorkTask task, string type)
    {
        if (type.Length == 0)
        {
            return "";
        }

        if (_accounts.Count > 1000)
        {
            _accounts.Clear();
        }

        return _accounts.GetOrAdd((type, task.Spec.Environment), key => runs.PoolOf(key.Type, environments.Find(key.Environment) ?? runs.Environment));
    }

    /// <param name="environment">Whose PATH decides what is installed; null for the host's.</param>
    /// <exception cref="RefusedException">None can run.</exception>
    public string Choose(WorkTask task, IReadOnlyDictionary<string, string>? environment) =>
        runs.FirstInstalled(Wanted(task), environment ?? runs.Environment, task.Spec.Launcher, task.Spec.Image);

    private IReadOnlyList<string> Wanted(WorkTask task) => task.Spec.WorkerType is { } named ? [named] : roles.Of(task.Role).WorkerTypes;

    private sealed record Question(string? Type, string Role, string? Environment, LauncherKind? Launcher, string? Image);
}
