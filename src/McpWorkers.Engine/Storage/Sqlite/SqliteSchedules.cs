using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <inheritdoc/>
internal sealed class SqliteSchedules(WriteLine line, StoreReader reader) : IScheduleStore
{
    private const string Columns =
        "schedule_id, name, cron, time_zone, overlap, missed, role, prompt, priority, queue, spec, created, paused, last_due, last_task, "
        + "last_outcome, next_due, firings, revision";

    public Task<bool> AddAsync(Schedule schedule) => line.Add(takes: true, commit => Insert(commit, schedule));

    public Task<Schedule?> FindAsync(string idOrName, CancellationToken cancellationToken) => reader.ReadAsync(
        session => session.Read($"SELECT {Columns} FROM schedules WHERE schedule_id = ?1 OR name = ?1", Read, idOrName).FirstOrDefault(), cancellationToken);

    public Task<IReadOnlyList<Schedule>> ListAsync(CancellationToken cancellationToken) =>
        reader.ReadAsync<IReadOnlyList<Schedule>>(List, cancellationToken);

    public Task<bool> ChangeAsync(Schedule schedule, WorkerEvent? fact = null) => line.Add(takes: false, commit =>
    {
        bool isTaken = Update(commit, schedule);
        if (isTaken && fact is not null)
        {
            commit.Add(fact);
        }

        return isTaken;
    });

    public Task<bool> RemoveAsync(string scheduleId) =>
        line.Add(takes: false, commit => commit.Execute("DELETE FROM schedules WHERE schedule_id = ?1", scheduleId) > 0);

    public static List<Schedule> List(SqliteSession session) => session.Read($"SELECT {Columns} FROM schedules ORDER BY position", Read);

    private static bool Update(Commit commit, Schedule schedule) => commit.Execute(
        """
        UPDATE schedules SET overlap = ?3, missed = ?4, paused = ?5, last_due = ?6, last_task = ?7, last_outcome = ?8, next_due = ?9, firings = ?10,
          revision = ?11
        WHERE schedule_id = ?1 AND revision = ?2
        """,
        schedule.ScheduleId,
        schedule.Revision - 1,
        schedule.Overlap.ToWire(),
        schedule.Missed.ToWire(),
        Values.Time(schedule.Paused),
        Values.Time(schedule.LastDue),
        schedule.LastTask,
        schedule.LastOutcome,
        Values.Time(schedule.NextDue),
        schedule.Firings,
        schedule.Revision) > 0;

    /// <summary>A name may not be another one's id: either finds it.</summary>
    public static bool Insert(Commit commit, Schedule schedule) => commit.Execute(
        $"""
        INSERT INTO schedules ({Columns})
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19
        WHERE NOT EXISTS (SELECT 1 FROM schedules WHERE schedule_id IN (?1, ?2) OR name IN (?1, ?2))
        """,
        schedule.ScheduleId,
        schedule.Name,
        schedule.Cron,
        schedule.TimeZone,
        schedule.Overlap.ToWire(),
        schedule.Missed.ToWire(),
        schedule.Work.Role,
        Values.Prompt(schedule.Work.Prompt),
        schedule.Work.Priority.ToWire(),
        schedule.Work.Queue,
        TaskSpecJson.Write(schedule.Work.Spec),
        schedule.Created.UtcTicks,
        Values.Time(schedule.Paused),
        Values.Time(schedule.LastDue),
        schedule.LastTask,
        schedule.LastOutcome,
        Values.Time(schedule.NextDue),
        schedule.Firings,
        schedule.Revision) > 0;

    private static Schedule Read(SqliteDataReader row) => new()
    {
        ScheduleId = row.GetString(0),
        Name = row.GetString(1),
        Cron = row.GetString(2),
        TimeZone = row.GetString(3),
        Overlap = SchedulePolicyNames.TryParse(row.GetString(4), out OverlapPolicy overlap) ? overlap : throw Unreadable(row.GetString(4)),
        Missed = SchedulePolicyNames.TryParse(row.GetString(5), out MissedPolicy missed) ? missed : throw Unreadable(row.GetString(5)),
        Work = new(
            row.Text(6), row.Prompt(7) ?? "",
            TaskNames.TryParse(row.GetString(8), out TaskPriority priority) ? priority : throw Unreadable(row.GetString(8)),
            row.Text(9), Spec(row)),
        Created = row.Time(11),
        Paused = row.TimeOrNull(12),
        LastDue = row.TimeOrNull(13),
        LastTask = row.Text(14),
        LastOutcome = row.GetString(15),
        NextDue = row.TimeOrNull(16),
        Firings = row.GetInt64(17),
        Revision = row.GetInt64(18),
    };

    private static TaskSpec Spec(SqliteDataReader row)
    {
        try
        {
            return TaskSpecJson.Read(row.Json(10));
        }
        catch (FormatException e)
        {
            throw new UnreadableRowException("A schedule's task cannot be read.", e);
        }
    }

    private static UnreadableRowException Unreadable(string name) => new($"'{name}' is nothing that a schedule says.");
}
