using McpWorkers.Engine.Storage;
using McpWorkers.Http.Guard;
using Microsoft.AspNetCore.Http;

namespace McpWorkers.Http.Protocol;

/// <summary>
/// How long an answer may go on: until its client goes, the door closes, or its token is revoked. While it does, says now and then that it
/// is still there.
/// </summary>
internal sealed class StreamLife : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _end;
    private readonly Grant? _grant;
    private readonly BearerTokens? _tokens;
    private readonly TimeSpan _heartbeat;
    private readonly Func<CancellationToken, Task>? _beat;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private TimeSpan _sinceBeat;
    private Task _looking = Task.CompletedTask;
    private bool _isOver;

    /// <param name="tokens">Null where none are needed.</param>
    /// <param name="beat">Writes the sign of life; null for none.</param>
    public StreamLife(HttpContext context, BearerTokens? tokens, HttpOptions options, CancellationToken stopping, Func<CancellationToken, Task>? beat = null)
    {
        _end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        _grant = context.Features.Get<Grant>();
        _tokens = tokens;
        _heartbeat = options.Heartbeat;
        _beat = beat;
        // Most requests are over before the first look, and a timer costs them less than a task that waits. It is set anew after each look.
        _timer = options.Time.CreateTimer(static life => ((StreamLife)life!).Look(), this, Pause, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Token => _end.Token;

    public async ValueTask DisposeAsync()
    {
        Task looking;
        lock (_lock)
        {
            _isOver = true;
            looking = _looking;
        }

        await _timer.DisposeAsync();
        if (!looking.IsCompleted)
        {
            await _end.CancelAsync();
            await looking;
        }

        _end.Dispose();
    }

    private void Look()
    {
        lock (_lock)
        {
            if (!_isOver)
            {
                _looking = LookAsync();
            }
        }
    }

    private async Task LookAsync()
    {
        try
        {
            if (_tokens is not null && _grant is not null && !await _tokens.IsValidAsync(_grant, _end.Token))
            {
                await _end.CancelAsync();
                return;
            }

            _sinceBeat += Pause;
            if (_beat is not null && _sinceBeat >= _heartbeat)
            {
                _sinceBeat = TimeSpan.Zero;
                await _beat(_end.Token);
            }

            _timer.Change(Pause, Timeout.InfiniteTimeSpan);
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // Over.
        }
        catch (Exception e) when (e is StoreException or IOException or TimeoutException)
        {
            // Who can no longer be known to be allowed, or takes nothing more, is served no longer.
            await _end.CancelAsync();
        }
    }
}
