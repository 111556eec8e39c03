using System.Threading.Channels;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Tasks.Schedules;

/// <summary>Looks at the schedules when the next one is due, and now and then in between.</summary>
/// <param name="round">One look; tells when the next one is due.</param>
internal sealed class ScheduleClock(Func<CancellationToken, Task<DateTimeOffset?>> round, HostNotes notes, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Timers do not run while a machine sleeps, and know nothing of a clock that is set: hence no pause is longer.</summary>
    public static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(20);

    /// <summary>A timer may end a moment before its time: then the next look is not at once.</summary>
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _leaving = new();
    private readonly Channel<bool> _woken = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private Task _running = Task.CompletedTask;
    private string? _trouble;

    public void Start() => _running = RunAsync();

    /// <summary>Something was changed: look again.</summary>
    public void Wake() => _woken.Writer.TryWrite(true);

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        await _running;
        _leaving.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                var next = await LookAsync();
                await PauseAsync(next is { } due ? due - time.GetUtcNow() : PauseMax);
            }
        }
        catch (OperationCanceledException) when (_leaving.IsCancellationRequested)
        {
        }
    }

    private async Task<DateTimeOffset?> LookAsync()
    {
        try
        {
            var next = await round(_leaving.Token);
            _trouble = null;
            return next;
        }
        catch (Exception e) when (e is StoreException or RefusedException)
        {
            // The rows say what is due: the next look makes up for this one. The same trouble is told once.
            if (_trouble != e.Message)
            {
                notes.Add(new("schedules_unread", $"the schedules could not be looked at: {e.Message}", IsTrouble: true));
            }

            _trouble = e.Message;
            return null;
        }
    }

    private async Task PauseAsync(TimeSpan pause)
    {
        using var limit = new CancellationTokenSource(pause > PauseMax ? PauseMax : pause < PauseMin ? PauseMin : pause, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_leaving.Token, limit.Token);
        try
        {
            await _woken.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!_leaving.IsCancellationRequested)
        {
            // Nobody changed anything: time for a look.
        }
    }
}
