using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>Tasks and their attempts as rows.</summary>
internal static class TaskRows
{
    public const string Columns =
        "position, task_id, task_key, role, queue, priority, prompt, spec, after, not_before, parent_run, created, started, finished, state, reason, "
        + "detail, wish, forgiven, revision";

    private const string AttemptColumns = "number, run_id, worker_id, started, finished, outcome, cause, detail";

    public static void Insert(Commit commit, WorkTask task) => commit.Execute(
        $"""
        INSERT INTO tasks ({Columns})
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
        """,
        task.Position,
        task.TaskId,
        task.Key,
        task.Role,
        task.Queue,
        task.Priority.ToWire(),
        Values.Prompt(task.Prompt),
        TaskSpecJson.Write(task.Spec),
        task.After.Count == 0 ? null : new JsonArray([.. task.After.Select(id => (JsonNode)id)]).ToJsonString(),
        Values.Time(task.NotBefore),
        task.ParentRun,
        task.Created.UtcTicks,
        Values.Time(task.Started),
        Values.Time(task.Finished),
        task.State.ToWire(),
        task.Reason?.ToWire(),
        task.Detail,
        Wish(task.Wish),
        (long)task.AttemptsForgiven,
        task.Revision);

    /// <summary>False where the row is not the one before it.</summary>
    public static bool Update(Commit commit, WorkTask task) =>
        (task.Finished is null && UpdateOpen(commit, task)) || UpdateWhole(commit, task);

    public static void UpdateRequest(Commit commit, WorkTask task) => commit.Execute(
        "UPDATE tasks SET prompt = ?2, priority = ?3, queue = ?4, spec = ?5 WHERE task_id = ?1",
        task.TaskId, Values.Prompt(task.Prompt), task.Priority.ToWire(), task.Queue, TaskSpecJson.Write(task.Spec));

    public static void Put(Commit commit, string taskId, TaskAttempt attempt)
    {
        if (attempt.Finished is null || !UpdateEnd(commit, taskId, attempt))
        {
            Replace(commit, taskId, attempt);
        }
    }

    /// <summary>With their attempts.</summary>
    public static List<WorkTask> Read(SqliteSession session, string where, params ReadOnlySpan<object?> values)
    {
        var tasks = ReadBare(session, where, values);
        for (int i = 0; i < tasks.Count; i++)
        {
            tasks[i] = WithAttempts(session, tasks[i]);
        }

        return tasks;
    }

    /// <summary>Without their attempts.</summary>
    public static List<WorkTask> ReadBare(SqliteSession session, string where, params ReadOnlySpan<object?> values) =>
        session.Read($"SELECT {Columns} FROM tasks {where}", ReadOne, values);

    /// <summary>Of a task that is not over and was not: the index of those that are not over is not touched.</summary>
    private static bool UpdateOpen(Commit commit, WorkTask task) => commit.Execute(
        """
        UPDATE tasks SET state = ?3, reason = ?4, detail = ?5, not_before = ?6, started = ?7, wish = ?8, forgiven = ?9, revision = ?10
        WHERE task_id = ?1 AND revision = ?2 AND finished IS NULL
        """,
        task.TaskId,
        task.Revision - 1,
        task.State.ToWire(),
        task.Reason?.ToWire(),
        task.Detail,
        Values.Time(task.NotBefore),
        Values.Time(task.Started),
        Wish(task.Wish),
        (long)task.AttemptsForgiven,
        task.Revision) > 0;

    private static bool UpdateWhole(Commit commit, WorkTask task) => commit.Execute(
        """
        UPDATE tasks SET state = ?3, reason = ?4, detail = ?5, not_before = ?6, started = ?7, finished = ?8, wish = ?9, forgiven = ?10, revision = ?11
        WHERE task_id = ?1 AND revision = ?2
        """,
        task.TaskId,
        task.Revision - 1,
        task.State.ToWire(),
        task.Reason?.ToWire(),
        task.Detail,
        Values.Time(task.NotBefore),
        Values.Time(task.Started),
        Values.Time(task.Finished),
        Wish(task.Wish),
        (long)task.AttemptsForgiven,
        task.Revision) > 0;

    /// <summary>Of an attempt that is there: the index by worker is not touched. False where another one has its number.</summary>
    private static bool UpdateEnd(Commit commit, string taskId, TaskAttempt attempt) => commit.Execute(
        """
        UPDATE attempts SET finished = ?5, outcome = ?6, cause = ?7, detail = ?8
        WHERE task_id = ?1 AND number = ?2 AND run_id = ?3 AND worker_id = ?4
        """,
        taskId,
        (long)attempt.Number,
        attempt.RunId,
        attempt.WorkerId,
        Values.Time(attempt.Finished),
        attempt.Outcome?.ToWire(),
        attempt.Cause?.ToWire(),
        attempt.Detail) > 0;

    private static void Replace(Commit commit, string taskId, TaskAttempt attempt) => commit.Execute(
        $"INSERT OR REPLACE INTO attempts (task_id, {AttemptColumns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        taskId,
        (long)attempt.Number,
        attempt.RunId,
        attempt.WorkerId,
        attempt.Started.UtcTicks,
        Values.Time(attempt.Finished),
        attempt.Outcome?.ToWire(),
        attempt.Cause?.ToWire(),
        attempt.Detail);

    public static WorkTask WithAttempts(SqliteSession session, WorkTask task) =>
        task.Started is null
            ? task
            : task with
            {
                Attempts = session.Read($"SELECT {AttemptColumns} FROM attempts WHERE task_id = ?1 ORDER BY number", ReadAttempt, task.TaskId),
            };

    private static WorkTask ReadOne(SqliteDataReader row)
    {
        try
        {
            return new()
            {
                Position = row.GetInt64(0),
                TaskId = row.GetString(1),
                Key = row.Text(2),
                Role = row.GetString(3),
                Queue = row.GetString(4),
                Priority = TaskNames.TryParse(row.GetString(5), out TaskPriority priority) ? priority : throw Unreadable(row.GetString(5), "priority"),
                Prompt = row.Prompt(6) ?? "",
                Spec = TaskSpecJson.Read(row.Json(7)),
                After = [.. (row.Json(8)?.AsArray() ?? []).Select(id => id!.GetValue<string>())],
                NotBefore = row.TimeOrNull(9),
                ParentRun = row.Text(10),
                Created = row.Time(11),
                Started = row.TimeOrNull(12),
                Finished = row.TimeOrNull(13),
                State = TaskNames.TryParse(row.GetString(14), out TaskState state) ? state : throw Unreadable(row.GetString(14), "state"),
                Reason = row.Text(15) is not { } name ? null
                    : TaskNames.TryParse(name, out WaitReason reason) ? reason : throw Unreadable(name, "reason"),
                Detail = row.GetString(16),
                Wish = Wish(row.Text(17)),
                AttemptsForgiven = (int)row.GetInt64(18),
                Revision = row.GetInt64(19),
            };
        }
        catch (Exception e) when (e is FormatException or NullReferenceException)
        {
            throw new UnreadableRowException("A task cannot be read.", e);
        }
    }

    private static TaskAttempt ReadAttempt(SqliteDataReader row) => new(
        (int)row.GetInt64(0),
        row.GetString(1),
        row.GetString(2),
        row.Time(3),
        row.TimeOrNull(4),
        row.Text(5) is not { } outcome ? null : AttemptNames.TryParse(outcome, out AttemptOutcome known) ? known : throw Unreadable(outcome, "outcome"),
        row.Text(6) is not { } cause ? null : AttemptNames.TryParse(cause, out AttemptCause of) ? of : throw Unreadable(cause, "cause"),
        row.GetString(7));

    private static string? Wish(StopWish wish) => wish switch
    {
        StopWish.None => null,
        StopWish.Cancel => "cancel",
        StopWish.HandBack => "hand_back",
        _ => throw new ArgumentOutOfRangeException(nameof(wish), wish, null),
    };

    private static StopWish Wish(string? name) => name switch
    {
        null => StopWish.None,
        "cancel" => StopWish.Cancel,
        "hand_back" => StopWish.HandBack,
        _ => throw Unreadable(name, "wish"),
    };

    private static UnreadableRowException Unreadable(string name, string what) => new($"'{name}' is no {what} of a task.");
}
