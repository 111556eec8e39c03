using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Memory;
using McpWorkers.Engine.Tasks.Notices;
using McpWorkers.Tests.Tasks.Schedules;
using Xunit;

namespace McpWorkers.Tests.Tasks.Notices;

public sealed class NoticeKeeperTests
{
    private const int PageMax = 700;

    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private readonly SetTime _time = new(Noon);
    private readonly MemoryNotices _store = new();
    private readonly List<WorkTask> _tasks = [];
    private readonly List<HostNote> _notes = [];
    private readonly RecordingTeller _teller = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_task_that_failed_or_was_put_away_is_told_of_once()
    {
        await using var keeper = Keeper();
        await keeper.RunOnceAsync(Token);
        foreach (var state in Enum.GetValues<TaskState>())
        {
            keeper.Changed(Ended("task_" + state.ToWire(), state));
            keeper.Changed(Ended("task_" + state.ToWire(), state));
        }

        await keeper.RunOnceAsync(Token);

        Assert.Equal(["task_failed", "task_dead"], _teller.Told.Select(notice => (string)notice.Body["kind"]!));
        Assert.Empty(await _store.UnendedAsync(Token));
    }

    [Fact]
    public async Task What_failed_while_nobody_listened_is_found_and_what_was_told_is_not_told_by_the_next_host()
    {
        await using (var first = Keeper())
        {
            await first.RunOnceAsync(Token);
            Add(Ended("task_a", TaskState.Failed));
            first.Changed(_tasks[0]);
            await first.RunOnceAsync(Token);
        }

        Add(Ended("task_b", TaskState.Dead, Noon.AddMinutes(1)), Ended("task_c", TaskState.Completed, Noon.AddMinutes(1)));
        _time.Now = Noon.AddHours(1);
        await using var second = Keeper();
        await second.RunOnceAsync(Token);

        Assert.Equal(["task_a", "task_b"], _teller.Told.Select(notice => (string)notice.Body["task_id"]!));
    }

    [Fact]
    public async Task What_failed_before_there_was_anybody_to_tell_is_not_owed()
    {
        Add(Ended("task_old", TaskState.Failed, Noon.AddMinutes(-1)));
        await using (var first = Keeper())
        {
            await first.RunOnceAsync(Token);
        }

        await NoticeKeeper.ForgetAsync(_store, Token);
        Add(Ended("task_meanwhile", TaskState.Failed, Noon.AddMinutes(1)));
        _time.Now = Noon.AddMinutes(2);
        await using var second = Keeper();
        await second.RunOnceAsync(Token);

        Assert.Empty(_teller.Told);
    }

    [Fact]
    public async Task A_task_that_was_tried_again_and_fails_again_is_told_of_again()
    {
        await using var keeper = Keeper();
        keeper.Changed(Ended("task_a", TaskState.Failed));
        keeper.Changed(Ended("task_a", TaskState.Failed, Noon.AddMinutes(5)));
        await keeper.RunOnceAsync(Token);

        Assert.Equal(2, _teller.Told.Count);
    }

    [Fact]
    public async Task A_target_that_fails_is_a_note_and_is_not_tried_again()
    {
        _teller.Fault = "notify.url (https://hooks.example.org) answered 503";
        await using var keeper = Keeper();
        keeper.Changed(Ended("task_a", TaskState.Failed));
        await keeper.RunOnceAsync(Token);
        keeper.Changed(Ended("task_a", TaskState.Failed));
        await keeper.RunOnceAsync(Token);

        Assert.Single(_teller.Told);
        var note = Assert.Single(_notes);
        Assert.True(note is { Name: "notice_failed", IsTrouble: true } && note.Message.EndsWith("answered 503", StringComparison.Ordinal), note.Message);
    }

    [Fact]
    public async Task More_than_the_line_holds_are_found_in_the_store()
    {
        await using var keeper = Keeper();
        await keeper.RunOnceAsync(Token);
        for (int i = 0; i < 2500; i++)
        {
            Add(Ended($"task_{i}", TaskState.Failed));
            keeper.Changed(_tasks[^1]);
        }

        await keeper.RunOnceAsync(Token);
        await keeper.RunOnceAsync(Token);

        Assert.Equal(2500, _teller.Told.Select(notice => notice.Subject).Distinct().Count());
        Assert.Equal(2500, _teller.Told.Count);
    }

    [Fact(Timeout = 20_000)]
    public async Task A_notice_that_was_cut_off_by_a_death_is_a_note_and_is_not_told_again()
    {
        Add(Ended("task_a", TaskState.Failed));
        await _store.OweSinceAsync(Noon.AddMinutes(-1));
        await _store.BeginAsync(Notice.Of(_tasks[0])!.Subject, Noon);
        var told = _teller.Next();
        await using var keeper = Keeper();
        keeper.Start();
        Add(Ended("task_b", TaskState.Failed, Noon.AddMinutes(1)));
        keeper.Changed(_tasks[^1]);

        Assert.Equal("task_b", (string)(await told.WaitAsync(TimeSpan.FromSeconds(5), Token)).Body["task_id"]!);
        Assert.Contains(_notes, note => note.Name == "notice_cut_off");
    }

    [Fact]
    public async Task Each_request_is_told_of_once_while_it_waits_over_hosts_too_and_one_that_is_decided_never()
    {
        WorkerRequest[] pending = [Request("req_1"), Request("req_2")];
        await using (var first = Keeper(() => [Notice.Of(pending[0])!]))
        {
            first.Changed(Notice.Of(pending[0]));
            await first.RunOnceAsync(Token);
            first.Changed(Notice.Of(pending[0]));
            first.Changed(Notice.Of(pending[0] with { State = RequestState.Denied }));
            first.Changed(Notice.Of(Request("req_3") with { State = RequestState.Allowed }));
            await first.RunOnceAsync(Token);
            Assert.Equal(["req_1"], _teller.Told.Select(notice => (string)notice.Body["request_id"]!));
        }

        // The second one was asked just before the first host died.
        await using var second = Keeper(() => [.. pending.Select(Notice.Of).OfType<Notice>()]);
        await second.RunOnceAsync(Token);
        second.Changed(Notice.Of(pending[1]));
        await second.RunOnceAsync(Token);

        Assert.Equal(["req_1", "req_2"], _teller.Told.Select(notice => (string)notice.Body["request_id"]!));
        Assert.All(_teller.Told, notice => Assert.Equal(("request", "question"), ((string)notice.Body["kind"]!, (string)notice.Body["request_kind"]!)));
    }

    [Fact]
    public async Task A_pool_is_told_of_once_for_as_long_as_it_is_held_over_hosts_too_and_again_when_it_is_held_anew()
    {
        var held = new Breaker { Pool = "claude#1", Opened = Noon, Until = Noon.AddMinutes(1), Signal = "s", Message = "limit reached" };
        await using (var first = Keeper())
        {
            first.Tell(Notice.OfPool(held));
            first.Tell(Notice.OfPool(held with { Pool = "qwen" }));
            await first.RunOnceAsync(Token);

            // Its probe met the limit again.
            first.Tell(Notice.OfPool(held with { Probes = 1, Until = Noon.AddMinutes(5) }));
            await first.RunOnceAsync(Token);
        }

        await using var second = Keeper();
        second.Tell(Notice.OfPool(held with { Probes = 2, Until = Noon.AddMinutes(15) }));
        second.Tell(Notice.OfPool(held with { Opened = Noon.AddHours(2), Until = Noon.AddHours(3), IsStated = true }));
        await second.RunOnceAsync(Token);

        Assert.Equal(["claude#1", "qwen", "claude#1"], _teller.Told.Select(notice => (string)notice.Body["pool"]!));
        Assert.All(_teller.Told, notice => Assert.Equal("pool_parked", (string)notice.Body["kind"]!));
        Assert.Equal("Pool claude#1 gives no more until 2026-03-02T15:00:00Z: limit reached", _teller.Told[^1].Text);
    }

    private static WorkerRequest Request(string id) => new()
    {
        RequestId = id, Kind = RequestKind.Question, Key = id, Text = "Which colour?", Digest = "d", Created = Noon, Expires = Noon.AddMinutes(30),
    };

    private static WorkTask Ended(string id, TaskState state, DateTimeOffset? at = null) => new()
    {
        TaskId = id, Role = "code", Prompt = "a secret prompt", Created = Noon.AddHours(-1), State = state, Finished = at ?? Noon, Detail = "why",
    };

    private void Add(params WorkTask[] tasks) => _tasks.AddRange(tasks.Select((task, i) => task with { Position = _tasks.Count + i + 1 }));

    private NoticeKeeper Keeper(Func<IReadOnlyList<Notice>>? standing = null)
    {
        var notes = new HostNotes();
        notes.Listen(_notes.Add);
        return new(_teller, _store, List, TimeSpan.FromDays(30), notes, _time, standing);
    }

    /// <summary>Few to a page, to see that pages are turned.</summary>
    private Task<TaskPage> List(TaskQuery query, CancellationToken cancellationToken)
    {
        var found = _tasks.Where(task => query.States.Contains(task.State) && (query.Before is null || task.Position < query.Before)).OrderByDescending(task => task.Position).ToList();
        return Task.FromResult(new TaskPage([.. found.Take(PageMax)], found.Count > PageMax ? found[PageMax - 1].Position : null));
    }

    private sealed class RecordingTeller : INoticeTeller
    {
        private TaskCompletionSource<Notice>? _next;

        public List<Notice> Told { get; } = [];

        public string Fault { get; set; } = "";

        public Task<Notice> Next() => (_next = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public Task<string> TellAsync(Notice notice, CancellationToken cancellationToken)
        {
            Told.Add(notice);
            _next?.TrySetResult(notice);
            return Task.FromResult(Fault);
        }
    }
}
