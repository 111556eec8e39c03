using System.Globalization;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <inheritdoc/>
internal sealed class SqliteTasks(WriteLine line, StoreReader reader) : ITaskStore
{
    public Task<IReadOnlyList<AddedTask>> AddAsync(IReadOnlyList<WorkTask> tasks) => line.Add<IReadOnlyList<AddedTask>>(takes: true, commit =>
    {
        var added = new List<AddedTask>(tasks.Count);
        long last = commit.Number("SELECT max(position) FROM tasks");
        foreach (var task in tasks)
        {
            if (task.Key is { } key && commit.Tasks("WHERE task_key = ?1", key) is [var known])
            {
                added.Add(new(known, IsNew: false));
                continue;
            }

            var placed = task with { Position = ++last, Revision = 1 };
            TaskRows.Insert(commit, placed);
            commit.Add(Facts.Added(placed));
            added.Add(new(placed, IsNew: true));
        }

        return added;
    });

    public Task<bool> ChangeAsync(WorkTask task, bool isEdited = false, WorkerEvent? fact = null) => line.Add(takes: false, commit =>
    {
        if (!TaskRows.Update(commit, task))
        {
            return false;
        }

        if (isEdited)
        {
            TaskRows.UpdateRequest(commit, task);
        }

        if (task.LastAttempt is { } attempt)
        {
            TaskRows.Put(commit, task.TaskId, attempt);
        }

        if (fact is not null)
        {
            commit.Add(fact);
        }

        return true;
    });

    public Task<WorkTask?> FindAsync(string taskId, CancellationToken cancellationToken) => reader.ReadAsync(
        session => TaskRows.Read(session, "WHERE task_id = ?1", taskId).FirstOrDefault(), cancellationToken);

    public Task<WorkTask?> FindByKeyAsync(string key, CancellationToken cancellationToken) => reader.ReadAsync(
        session => TaskRows.Read(session, "WHERE task_key = ?1", key).FirstOrDefault(), cancellationToken);

    public Task<IReadOnlyList<WorkTask>> OpenAsync(CancellationToken cancellationToken) => reader.ReadAsync<IReadOnlyList<WorkTask>>(
        session => TaskRows.Read(session, "WHERE finished IS NULL ORDER BY position"), cancellationToken);

    public Task<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellationToken)
    {
        TaskRules.Check(query);
        List<object?> values = [];
        List<string> conditions = [];
        And("role = ", query.Role);
        And("queue = ", query.Queue);
        And("created >= ", query.Since?.UtcTicks);
        And("position < ", query.Before);
        And("parent_run = ", query.ParentRun);
        if (query.States.Count > 0)
        {
            conditions.Add($"state IN ({string.Join(", ", query.States.Select(state => Value(state.ToWire())))})");
        }

        string where = (conditions.Count == 0 ? "" : "WHERE " + string.Join(" AND ", conditions)) + $" ORDER BY position DESC LIMIT {Value(query.Limit + 1L)}";
        return reader.ReadAsync(session => TaskRules.Page(TaskRows.Read(session, where, [.. values]), query.Limit), cancellationToken);

        void And(string condition, object? value)
        {
            if (value is not null)
            {
                conditions.Add(condition + Value(value));
            }
        }

        string Value(object value)
        {
            values.Add(value);
            return "?" + values.Count.ToString(CultureInfo.InvariantCulture);
        }
    }

    public Task<IReadOnlyDictionary<TaskState, long>> CountAsync(CancellationToken cancellationToken) =>
        reader.ReadAsync<IReadOnlyDictionary<TaskState, long>>(
            session => TaskRules.Counts(session.Read("SELECT state, count(*) FROM tasks GROUP BY state", row => (row.GetString(0), row.GetInt64(1)))),
            cancellationToken);

    public Task<IReadOnlySet<string>> OfAttemptsAsync(IReadOnlyCollection<string> workerIds, CancellationToken cancellationToken) =>
        reader.ReadAsync<IReadOnlySet<string>>(
            session => workerIds
                .Where(id => session.Number("SELECT EXISTS (SELECT 1 FROM attempts WHERE worker_id = ?1)", id) != 0)
                .ToHashSet(),
            cancellationToken);

    public Task<DateTimeOffset?> PausedAsync(CancellationToken cancellationToken) => reader.ReadAsync(
        session => session.Read("SELECT paused FROM queue", row => row.TimeOrNull(0)).FirstOrDefault(), cancellationToken);

    public Task PauseAsync(DateTimeOffset? since, WorkerEvent? fact = null) => line.Add(takes: false, commit =>
    {
        if (fact is not null)
        {
            commit.Add(fact);
        }

        return commit.Execute("UPDATE queue SET paused = ?1", since?.UtcTicks);
    });

    public Task RemoveAsync(DateTimeOffset before) => line.Add(takes: false, commit =>
    {
        // Without SQLite's own JSON, which not every build has.
        var needed = commit.Tasks("WHERE finished IS NULL AND after IS NOT NULL").SelectMany(task => task.After).ToHashSet();
        foreach (string id in commit.Texts("SELECT task_id FROM tasks WHERE finished < ?1", before.UtcTicks).Where(id => !needed.Contains(id)))
        {
            commit.Execute("DELETE FROM attempts WHERE task_id = ?1", id);
            commit.Execute("DELETE FROM tasks WHERE task_id = ?1", id);
        }

        return true;
    });
}
