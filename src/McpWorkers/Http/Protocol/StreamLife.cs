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
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _end;
    private readonly Task _watching;

    /// <param name="tokens">Null where none are needed.</param>
    /// <param name="beat">Writes the sign of life; null for none.</param>
    public StreamLife(HttpContext context, BearerTokens? tokens, HttpOptions options, CancellationToken stopping, Func<CancellationToken, Task>? beat = null)
    {
        _end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        _watching = WatchAsync(context.Features.Get<Grant>(), tokens, options, beat);
    }

    public CancellationToken Token => _end.Token;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching;
        _end.Dispose();
    }

    private async Task WatchAsync(Grant? grant, BearerTokens? tokens, HttpOptions options, Func<CancellationToken, Task>? beat)
    {
        var sinceBeat = TimeSpan.Zero;
        try
        {
            while (true)
            {
                await Task.Delay(Look, options.Time, _end.Token);
                if (tokens is not null && grant is not null && !await tokens.IsValidAsync(grant, _end.Token))
                {
                    await _end.CancelAsync();
                    return;
                }

                sinceBeat += Look;
                if (beat is not null && sinceBeat >= options.Heartbeat)
                {
                    sinceBeat = TimeSpan.Zero;
                    await beat(_end.Token);
                }
            }
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
