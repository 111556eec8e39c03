using McpWorkers.Daemon.Client;

namespace McpWorkers.Daemon.Relay;

/// <summary>Whether there is a daemon at the moment, and the wish for one. What is read from the client waits here meanwhile.</summary>
internal sealed class RelayLink
{
    private readonly Lock _lock = new();
    private TaskCompletionSource<OpenDoor?> _next = New<OpenDoor?>();
    private TaskCompletionSource _wanted = New();
    private OpenDoor? _current;
    private bool _isAway;

    public OpenDoor? Current
    {
        get
        {
            lock (_lock)
            {
                return _current;
            }
        }
    }

    /// <summary>The daemon, once there is one. Null where none is to be had now.</summary>
    /// <param name="wake">Whether this is reason enough to look for one after the last one has said goodbye.</param>
    public Task<OpenDoor?> GetAsync(bool wake)
    {
        lock (_lock)
        {
            if (wake)
            {
                _wanted.TrySetResult();
                _isAway = false;
            }

            return _isAway ? Task.FromResult<OpenDoor?>(null) : _next.Task;
        }
    }

    /// <summary>Does it while the link is the current one; false where it is not any more.</summary>
    public bool WhileCurrent(OpenDoor link, Action act)
    {
        lock (_lock)
        {
            if (_current != link)
            {
                return false;
            }

            act();
            return true;
        }
    }

    public void Up(OpenDoor link)
    {
        lock (_lock)
        {
            _current = link;
            _next.TrySetResult(link);
        }
    }

    public void Down()
    {
        lock (_lock)
        {
            _current = null;
            if (_next.Task.IsCompleted)
            {
                _next = New<OpenDoor?>();
            }
        }
    }

    /// <summary>No daemon is looked for until somebody wants one; who waits for one now gets none.</summary>
    public Task RestAsync(Func<bool> isWanted)
    {
        lock (_lock)
        {
            _wanted = New();
            if (isWanted())
            {
                return Task.CompletedTask;
            }

            _isAway = true;
            _next.TrySetResult(null);
            _next = New<OpenDoor?>();
            return _wanted.Task;
        }
    }

    // Whoever waits goes on elsewhere than in the middle of these few lines.
    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource<T> New<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
