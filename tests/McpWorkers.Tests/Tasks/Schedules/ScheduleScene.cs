using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Memory;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Tasks.Schedules;
using Xunit;

namespace McpWorkers.Tests.Tasks.Schedules;

/// <summary>Schedules over a clock that can be set, with a queue that only counts. Nothing runs by itself: a test looks.</summary>
internal sealed class ScheduleScene
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private readonly List<HostNote> _notes = [];

    public ScheduleScene()
    {
        var notes = new HostNotes();
        notes.Listen(_notes.Add);
        Time = new SetTime(Noon);
        Store = new MemorySchedules(Facts.AddRange);
        Rounds = new ScheduleRounds(Store, Tasks, notes, Time);
        Manager = new ScheduleManager(Store, Tasks, (request, _) => request, notes, Time);
    }

    public SetTime Time { get; }

    public IScheduleStore Store { get; }

    public FakeTasks Tasks { get; } = new();

    public ScheduleRounds Rounds { get; }

    public ScheduleManager Manager { get; }

    /// <summary>What was told, in order.</summary>
    public List<WorkerEvent> Facts { get; } = [];

    public IReadOnlyList<string> Notes => [.. _notes.Select(note => note.Name)];

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public Task<Schedule> AddAsync(
        string cron, MissedPolicy missed = MissedPolicy.Once, OverlapPolicy overlap = OverlapPolicy.Allow, string? name = "s", string? zone = "UTC") =>
        Manager.AddAsync(
            new() { Name = name, Cron = cron, TimeZone = zone, Missed = missed, Overlap = overlap, Task = new TaskRequest { Prompt = "do it" } }, Token);

    /// <summary>Time goes on evenly, with a look at each step.</summary>
    public async Task PassAsync(TimeSpan time, TimeSpan step)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += step)
        {
            Time.Now += step;
            await Rounds.RunOnceAsync(Token);
        }
    }

    public async Task<Schedule> LookAsync(DateTimeOffset at)
    {
        Time.Now = at;
        await Rounds.RunOnceAsync(Token);
        return await Manager.FindAsync("s", Token);
    }
}
