using McpWorkers.Engine.Model;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>The tasks that can still be read of a damaged store, one by one: a page that is lost takes only those with it that stood on it.</summary>
/// <param name="Tasks">In order of their positions.</param>
/// <param name="Lost">Tasks that were there and cannot be read; null where nobody can say how many.</param>
/// <param name="WithoutAttempts">Tasks whose attempts cannot be read.</param>
internal sealed record TaskSalvage(IReadOnlyList<WorkTask> Tasks, int? Lost, int WithoutAttempts)
{
    /// <summary>Where an attempt may go on of which nothing is known any more, another one would be a second one.</summary>
    private const string AttemptLost =
        "The store was damaged, and what it held of this task's attempts is lost: nobody can say what became of the last one. 'mcpworkers tasks retry' tries it again.";

    public static TaskSalvage From(SqliteSession session, DateTimeOffset now)
    {
        // The index on the ids has the positions too, and stands on other pages than the tasks.
        var listed = TryRead(() => session.Read("SELECT position FROM tasks ORDER BY task_id", Position));
        var tasks = new List<WorkTask>();
        var names = new HashSet<string>();
        int without = 0;
        foreach (long position in (listed ?? Walk(session)).Distinct().Order())
        {
            // Names are there once: what gives one a second time is damage that nobody has told of yet.
            if (TryRead(() => TaskRows.ReadBare(session, "WHERE position = ?1", position)) is not [var task] || !names.Add(task.TaskId)
                || (task.Key is { } key && !names.Add("key " + key)))
            {
                continue;
            }

            var whole = TryRead<WorkTask>(() => [TaskRows.WithAttempts(session, task)]) is [var found] && HoldsTogether(found) ? found : null;
            without += whole is null ? 1 : 0;
            tasks.Add(whole ?? Bare(task, now));
        }

        return new(tasks, listed is null ? null : listed.Count - tasks.Count, without);
    }

    public static List<T>? TryRead<T>(Func<List<T>> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (IsDamage(e))
        {
            return null;
        }
    }

    public static bool IsDamage(Exception e) => e is SqliteException or UnreadableRowException or InvalidOperationException or InvalidCastException;

    /// <summary>From both ends as far as can be read: between two lost pages nothing is found.</summary>
    private static List<long> Walk(SqliteSession session)
    {
        var found = new List<long>();
        foreach (string sql in new[]
        {
            "SELECT position FROM tasks NOT INDEXED WHERE position > ?1 ORDER BY position LIMIT 1",
            "SELECT position FROM tasks NOT INDEXED WHERE position < ?1 ORDER BY position DESC LIMIT 1",
        })
        {
            long at = sql.Contains("DESC", StringComparison.Ordinal) ? long.MaxValue : long.MinValue;
            while (TryRead(() => session.Read(sql, Position, at)) is [var next])
            {
                found.Add(at = next);
            }
        }

        return found;
    }

    private static long Position(SqliteDataReader row) => row.GetInt64(0);

    /// <summary>One that runs has an attempt that is not over, and no other has.</summary>
    private static bool HoldsTogether(WorkTask task) => (task.State == TaskState.Running) == (task.LastAttempt is { IsOver: false });

    private static WorkTask Bare(WorkTask task, DateTimeOffset now) => task.State == TaskState.Running
        ? task with { State = TaskState.Failed, Reason = null, Detail = AttemptLost, Wish = StopWish.None, NotBefore = null, Finished = now, AttemptsForgiven = 0 }
        : task with { AttemptsForgiven = 0 };
}
