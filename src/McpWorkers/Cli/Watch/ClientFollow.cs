using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;

namespace McpWorkers.Cli.Watch;

/// <summary>Follows what the runs of one client in debug mode write, each from its beginning to its end.</summary>
/// <param name="name">The client's.</param>
internal sealed class ClientFollow(WorkerClient client, string name, LabelledLines lines)
{
    private readonly string _follower = Guid.NewGuid().ToString("N");
    private readonly List<RunTail> _tails = [];
    private string? _host;
    private long _known;

    /// <summary>Nothing is being read.</summary>
    public bool IsQuiet => _tails.Count == 0;

    /// <summary>A client of that name was connected at the last look.</summary>
    public bool IsConnected { get; private set; }

    /// <summary>Asks for new runs and reads on in all; false where nothing was new.</summary>
    public async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        var news = await client.Watch.FollowAsync(name, _follower, _known, ends: false, cancellationToken);
        if (_host is not null && news.Host != _host)
        {
            // Another daemon: it numbers the runs anew, and knows those that it was asked for.
            news = await client.Watch.FollowAsync(name, _follower, 0, ends: false, cancellationToken);
            _known = 0;
        }

        _host = news.Host;
        IsConnected = news.IsConnected;
        bool any = false;
        foreach (var (number, workerId, runId) in news.Runs)
        {
            _known = Math.Max(_known, number);
            _tails.Add(new(client, workerId, runId));
            await lines.NoteAsync(workerId, runId + " begins");
            any = true;
        }

        foreach (var tail in _tails.ToList())
        {
            any |= await ReadAsync(tail, cancellationToken);
        }

        return any;
    }

    /// <summary>Says that nobody follows any more.</summary>
    public async Task EndAsync(CancellationToken cancellationToken) =>
        await client.Watch.FollowAsync(name, _follower, _known, ends: true, cancellationToken);

    private async Task<bool> ReadAsync(RunTail tail, CancellationToken cancellationToken)
    {
        try
        {
            var entries = await tail.ReadAsync(cancellationToken);
            foreach (var entry in entries)
            {
                await lines.WriteAsync(tail.WorkerId, entry);
            }

            if (tail.IsOver)
            {
                _tails.Remove(tail);
                await lines.NoteAsync(tail.WorkerId, tail.RunId + " is over");
            }

            return entries.Count > 0 || tail.IsOver;
        }
        catch (RefusedException refused)
        {
            _tails.Remove(tail);
            await lines.NoteAsync(tail.WorkerId, refused.Message);
            return true;
        }
    }
}
