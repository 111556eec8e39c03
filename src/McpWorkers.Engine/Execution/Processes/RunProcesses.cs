using System.Globalization;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>
/// The processes of one run: its cgroup where it has one, its session, the tree as seen in snapshots while it ran, and whatever carries its
/// marker, runs within it included. Without a cgroup, a process that clears its environment, leaves the session and is re-parented between
/// two snapshots evades all of these: that is the known gap.
/// </summary>
internal sealed class RunProcesses(ProcessKey wrapper, string marker, RunCgroup? cgroup)
{
    private const int ReadingsMax = 3;

    private readonly Lock _lock = new();
    private readonly HashSet<ProcessKey> _seen = [wrapper];
    private readonly ProcessWatch _watch = new(wrapper);
    private IReadOnlyList<ProcessEntry>? _noted;

    public ProcessKey Wrapper { get; } = wrapper;

    public static RunProcesses Of(ProcessKey wrapper, LaunchRecord launch) =>
        new(wrapper, launch.Marker, RunCgroup.OfRecord(launch.Cgroup, launch.LimitCgroups, launch.Marker));

    public RunCgroup? Cgroup => cgroup;

    public bool WrapperLives => _watch.Lives;

    /// <summary>Takes note of what belongs to the run now. Called again and again while it runs; a table that was seen costs nothing.</summary>
    public void Note(IReadOnlyList<ProcessEntry> table)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(table, _noted))
            {
                Extend(table);
                _noted = table;
            }
        }
    }

    /// <summary>Those of a table that are known to be of the run, the wrapper excepted, after <see cref="Note"/> has seen it; and who is in its cgroup.</summary>
    public IReadOnlyList<ProcessEntry> Among(IReadOnlyList<ProcessEntry> table)
    {
        var members = cgroup?.Members().ToHashSet() ?? [];
        lock (_lock)
        {
            return [.. table.Where(entry => !entry.IsZombie && entry.Key != Wrapper && (_seen.Contains(entry.Key) || members.Contains(entry.Key)))];
        }
    }

    /// <summary>The same, found without going through the whole table, for whoever asks of many runs.</summary>
    public IReadOnlyCollection<ProcessEntry> Known(IReadOnlyDictionary<int, ProcessEntry> byId)
    {
        var found = new Dictionary<int, ProcessEntry>();
        foreach (int pid in cgroup?.Ids() ?? [])
        {
            Add(pid, null);
        }

        lock (_lock)
        {
            foreach (var key in _seen)
            {
                Add(key.Pid, key);
            }
        }

        found.Remove(Wrapper.Pid);
        return found.Values;

        void Add(int pid, ProcessKey? meant)
        {
            if (byId.TryGetValue(pid, out var entry) && !entry.IsZombie && (meant is null || entry.Key == meant))
            {
                found[pid] = entry;
            }
        }
    }

    /// <summary>Everything of the run that lives now, the wrapper excepted.</summary>
    public IReadOnlyList<ProcessKey> Living()
    {
        for (int attempt = 1; ; attempt++)
        {
            IReadOnlyList<ProcessKey> marked = [.. ProcessPlatform.MarkedWith(marker, StartOf(Wrapper)), .. cgroup?.Members() ?? []];
            var table = ProcessPlatform.Table();
            lock (_lock)
            {
                // Whoever carries the marker, or is in the cgroup, proves his session and his children to be of the run, also to an observer that came late.
                _seen.UnionWith(marked);
                Extend(table);
                _noted = table;

                // One that ended between the two readings may have left a child that neither of them shows.
                if (attempt == ReadingsMax || marked.All(_seen.Contains))
                {
                    return [.. table.Where(entry => !entry.IsZombie && entry.Key != Wrapper && _seen.Contains(entry.Key)).Select(entry => entry.Key)];
                }
            }
        }
    }

    /// <summary>Writes into the directories of runs within this one why they end. Called before the first signal.</summary>
    public void NoteStopOfNested(string runDirectory, DateTimeOffset now)
    {
        if (!OperatingSystem.IsWindows())
        {
            NestedRuns.NoteStop(runDirectory, marker, now);
        }
    }

    /// <summary>Kills all but the wrapper.</summary>
    /// <param name="living">As seen before.</param>
    public void Kill(IEnumerable<ProcessKey> living)
    {
        cgroup?.Kill();
        Signal(living, StopSignal.Kill);
    }

    /// <summary>Gives back what the kernel held for the run. Called when nothing of it is left.</summary>
    public void Release() => cgroup?.Remove();

    /// <summary>Takes note of the wrapper's end where it is a child of ours; else it stays a zombie.</summary>
    public void ReapWrapper()
    {
        // Only the very process: an id that is used again may be a child whose end somebody else waits for.
        if (ProcessPlatform.Find(Wrapper.Pid) is { IsZombie: true } entry && entry.Key == Wrapper)
        {
            _ = ProcessPlatform.TryReap(Wrapper.Pid);
        }
    }

    /// <summary>Sends a signal to these processes, each checked to be still the one that is meant.</summary>
    public static void Signal(IEnumerable<ProcessKey> processes, StopSignal signal)
    {
        foreach (var process in processes)
        {
            if (ProcessPlatform.Find(process.Pid) is { } entry && entry.Key == process)
            {
                ProcessPlatform.Send(process.Pid, signal);
            }
        }
    }

    private static long StartOf(ProcessKey key) =>
        long.TryParse(key.Start, NumberStyles.None, CultureInfo.InvariantCulture, out long start) ? start : 0;

    private void Extend(IReadOnlyList<ProcessEntry> table)
    {
        // Those that are gone are forgotten, so that a process id that is used again has no claim to a place in the tree.
        _seen.IntersectWith(table.Select(entry => entry.Key));
        if (_watch.Lives)
        {
            // The table may be a second older than the run: whoever is not in it has not always gone.
            _seen.Add(Wrapper);
        }

        var pids = _seen.Select(key => key.Pid).ToHashSet();

        // The session's number says nothing by itself: once all of the session are gone, it may become another one's.
        bool isSessionOurs = table.Any(entry => entry.Session == Wrapper.Pid && _seen.Contains(entry.Key));
        long begun = StartOf(Wrapper);

        // A child may stand before its parent in the table: go on until nothing new is found.
        for (bool grew = _seen.Count > 0; grew;)
        {
            grew = false;
            foreach (var entry in table)
            {
                // A child cannot have begun before the wrapper.
                if (((isSessionOurs && entry.Session == Wrapper.Pid) || pids.Contains(entry.Parent))
                    && (begun == 0 || StartOf(entry.Key) >= begun)
                    && _seen.Add(entry.Key))
                {
                    pids.Add(entry.Key.Pid);
                    grew = true;
                }
            }
        }
    }
}
