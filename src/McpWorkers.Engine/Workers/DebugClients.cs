namespace McpWorkers.Engine.Workers;

/// <summary>A run that a client in debug mode asked for.</summary>
/// <param name="Number">Its place among that client's runs, from 1 on.</param>
public sealed record DebugRun(long Number, string WorkerId, string RunId);

/// <summary>What a follower is told.</summary>
/// <param name="HostId">Another one after a restart: the numbers begin anew.</param>
/// <param name="IsConnected">A client of that name is connected now.</param>
public sealed record DebugNews(string HostId, bool IsConnected, IReadOnlyList<DebugRun> Runs);

/// <summary>
/// The clients in debug mode: which runs each asked for, and whether somebody follows what they write. Kept in memory only: it is about what is
/// looked at now.
/// </summary>
public sealed class DebugClients(TimeProvider time)
{
    /// <summary>More than a person follows; the oldest are forgotten beyond it.</summary>
    private const int RunsMax = 1000;

    private const int ClientsMax = 100;

    private readonly Lock _lock = new();
    private readonly string _hostId = Guid.NewGuid().ToString("N");
    private readonly Dictionary<string, Client> _clients = [];
    private readonly Dictionary<string, (long Asked, TimeSpan Stays)> _followers = [];

    /// <summary>Whether a client in debug mode is connected.</summary>
    public bool IsOn
    {
        get
        {
            lock (_lock)
            {
                return _clients.Values.Any(client => client.Connections > 0);
            }
        }
    }

    /// <summary>Whether somebody follows what the workers of such clients write.</summary>
    public bool IsFollowed
    {
        get
        {
            lock (_lock)
            {
                return _followers.Values.Any(IsThere);
            }
        }
    }

    /// <summary>Notes that a client is connected, until disposed.</summary>
    public IDisposable Enter(string client)
    {
        lock (_lock)
        {
            Of(client).Connections++;
        }

        return new Presence(this, client);
    }

    /// <summary>Notes a run that was accepted for a client.</summary>
    public void Note(string client, string workerId, string runId)
    {
        lock (_lock)
        {
            var noted = Of(client);
            noted.Runs.Enqueue(new(++noted.Last, workerId, runId));
            if (noted.Runs.Count > RunsMax)
            {
                noted.Runs.Dequeue();
            }
        }
    }

    /// <summary>Tells a follower of a client's runs, and notes that it follows.</summary>
    /// <param name="follower">Its own name.</param>
    /// <param name="after">The number of the last run that it knows; 0 at first.</param>
    /// <param name="stays">For how long it counts as following unless it asks again; zero: it ends.</param>
    public DebugNews Follow(string client, string follower, long after, TimeSpan stays)
    {
        lock (_lock)
        {
            foreach (string gone in _followers.Where(one => !IsThere(one.Value)).Select(one => one.Key).ToList())
            {
                _followers.Remove(gone);
            }

            if (stays > TimeSpan.Zero)
            {
                _followers[follower] = (time.GetTimestamp(), stays);
            }
            else
            {
                _followers.Remove(follower);
            }

            return _clients.TryGetValue(client, out var known)
                ? new(_hostId, known.Connections > 0, [.. known.Runs.Where(run => run.Number > after)])
                : new(_hostId, false, []);
        }
    }

    private bool IsThere((long Asked, TimeSpan Stays) follower) => time.GetElapsedTime(follower.Asked) < follower.Stays;

    private Client Of(string name)
    {
        if (!_clients.TryGetValue(name, out var client))
        {
            if (_clients.Count >= ClientsMax && _clients.FirstOrDefault(one => one.Value.Connections == 0) is { Key: { } idle })
            {
                _clients.Remove(idle);
            }

            _clients[name] = client = new();
        }

        return client;
    }

    private void Leave(string name)
    {
        lock (_lock)
        {
            if (_clients.TryGetValue(name, out var client))
            {
                client.Connections--;
            }
        }
    }

    private sealed class Client
    {
        public int Connections { get; set; }

        public long Last { get; set; }

        public Queue<DebugRun> Runs { get; } = [];
    }

    private sealed class Presence(DebugClients clients, string client) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                clients.Leave(client);
            }
        }
    }
}
