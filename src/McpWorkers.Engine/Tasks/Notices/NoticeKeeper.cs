using System.Threading.Channels;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Tasks.Notices;

/// <summary>
/// Sees to it that each task which failed or was put away, and whatever else waits for a person, is told of once: a notice is taken on in the store before it is told, so that two
/// hosts, or a host after a crash, do not tell it again. One at a time; a target that fails is a note of the host.
/// </summary>
/// <param name="list">Tasks that match, the last one first.</param>
/// <param name="kept">How long tasks that are over are kept.</param>
/// <param name="standing">What somebody should know of now, beside tasks; null for nothing.</param>
internal sealed class NoticeKeeper(
    INoticeTeller teller, INoticeStore store, Func<TaskQuery, CancellationToken, Task<TaskPage>> list, TimeSpan kept, HostNotes notes, TimeProvider time,
    Func<IReadOnlyList<Notice>>? standing = null)
    : IAsyncDisposable
{
    /// <summary>Notices in line. More than that are found again in the store.</summary>
    private const int LineMax = 1000;

    private static readonly TimeSpan TroublePause = TimeSpan.FromSeconds(30);

    /// <summary>A host that ends does not cut off what is being told, but does not wait long for it either.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _leaving = new();
    private readonly CancellationTokenSource _cut = new();
    private readonly Channel<Notice> _line = Channel.CreateBounded<Notice>(LineMax);
    private Task _running = Task.CompletedTask;
    private volatile bool _isLookNeeded = true;

    /// <summary>Looks for what is owed from before, then waits for more. To be called once.</summary>
    public void Start() => _running = RunAsync();

    /// <inheritdoc cref="Changed(Notice?)"/>
    public void Changed(WorkTask task) => Changed(Notice.Of(task));

    /// <summary>Quick, and never throws.</summary>
    /// <param name="notice">Null for nothing.</param>
    public void Changed(Notice? notice)
    {
        if (notice is not null && !_line.Writer.TryWrite(notice))
        {
            _isLookNeeded = true;
        }
    }

    /// <summary>Something else that a person should know, once. Quick, and never throws.</summary>
    public void Tell(Notice notice)
    {
        if (!_line.Writer.TryWrite(notice))
        {
            notes.Add(new("notice_failed", $"nobody was told, because too much is to be told: {notice.Text}", IsTrouble: true));
        }
    }

    /// <summary>Where nobody is to be told: what fails until that changes is not owed.</summary>
    /// <exception cref="StoreException">It cannot be stored.</exception>
    public static async Task ForgetAsync(INoticeStore store, CancellationToken cancellationToken)
    {
        if (await store.SinceAsync(cancellationToken) is not null)
        {
            await store.OweSinceAsync(null);
        }
    }

    /// <summary>Tells all that is owed, and all that is in line.</summary>
    /// <exception cref="StoreException">The store cannot be read or written. What is owed stays so.</exception>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        if (_isLookNeeded)
        {
            _isLookNeeded = false;
            try
            {
                await LookAsync(cancellationToken);
            }
            catch
            {
                _isLookNeeded = true;
                throw;
            }
        }

        while (_line.Reader.TryPeek(out var notice))
        {
            await TellAsync(notice, cancellationToken);
            _line.Reader.TryRead(out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        _cut.CancelAfter(LastWords);
        await _running;
        _leaving.Dispose();
        _cut.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await CutOffAsync();
            while (true)
            {
                if (await TryRunAsync() && !_isLookNeeded)
                {
                    await _line.Reader.WaitToReadAsync(_leaving.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_leaving.IsCancellationRequested)
        {
            // What is left in line is found again by the next host.
        }
    }

    /// <summary>What was being told when its host died may have been told or not: to tell it again could be the second time.</summary>
    private async Task CutOffAsync()
    {
        try
        {
            foreach (string subject in await store.UnendedAsync(_leaving.Token))
            {
                notes.Add(new("notice_cut_off", $"whether anybody was told of {subject} is not known: the host ended meanwhile", IsTrouble: true));
                await store.EndAsync(subject, time.GetUtcNow(), "cut off");
            }

            await store.RemoveAsync(time.GetUtcNow() - kept - TimeSpan.FromDays(1));
        }
        catch (StoreException e)
        {
            Trouble(e);
        }
    }

    private async Task<bool> TryRunAsync()
    {
        try
        {
            await RunOnceAsync(_leaving.Token);
            return true;
        }
        catch (Exception e) when (e is StoreException or RefusedException)
        {
            Trouble(e);
            await Task.Delay(TroublePause, time, _leaving.Token);
            return false;
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var since = await store.SinceAsync(cancellationToken);
        if (since is null)
        {
            await store.OweSinceAsync(now);
        }

        var from = since is { } owed ? owed > now - kept ? owed : now - kept : now;
        long? before = null;
        do
        {
            var page = await list(new TaskQuery { States = [TaskState.Failed, TaskState.Dead], Before = before, Limit = TaskQuery.LimitMax }, cancellationToken);
            foreach (var notice in page.Tasks.Where(task => task.Finished >= from).Select(Notice.Of).OfType<Notice>())
            {
                await TellAsync(notice, cancellationToken);
            }

            before = page.Next;
        }
        while (before is not null);
        foreach (var notice in standing?.Invoke() ?? [])
        {
            await TellAsync(notice, cancellationToken);
        }
    }

    private async Task TellAsync(Notice notice, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!await store.BeginAsync(notice.Subject, time.GetUtcNow()))
        {
            return;
        }

        string fault = await teller.TellAsync(notice, _cut.Token);
        if (fault.Length > 0)
        {
            notes.Add(new("notice_failed", $"nobody was told: {notice.Text}; {fault}", IsTrouble: true));
        }

        await store.EndAsync(notice.Subject, time.GetUtcNow(), fault);
    }

    private void Trouble(Exception e) => notes.Add(new("notices_unread", $"notices wait: {e.Message}", IsTrouble: true));
}
