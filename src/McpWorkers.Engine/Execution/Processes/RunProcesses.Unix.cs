using System.Runtime.InteropServices;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>
/// The processes of one run: its session, the tree as seen in snapshots while it ran, and whatever carries its marker. A process that clears
/// its environment, leaves the session and is re-parented between two snapshots evades all three: that is the known gap.
/// </summary>
internal sealed partial class RunProcesses(ProcessKey wrapper, string marker)
{
    private readonly HashSet<ProcessKey> _seen = [wrapper];

    public ProcessKey Wrapper { get; } = wrapper;

    public bool WrapperLives => ProcessTable.Find(Wrapper.Pid) is { IsZombie: false } entry && entry.Key == Wrapper;

    /// <summary>Takes note of what belongs to the run now. Cheap: called again and again while it runs.</summary>
    public void Note(IReadOnlyList<ProcessEntry> table)
    {
        lock (_seen)
        {
            // A child may stand before its parent in the table: go on until nothing new is found.
            for (bool grew = true; grew;)
            {
                grew = false;
                var pids = _seen.Select(key => key.Pid).ToHashSet();
                foreach (var entry in table)
                {
                    if ((entry.Session == Wrapper.Pid || pids.Contains(entry.Parent)) && IsLater(entry) && _seen.Add(entry.Key))
                    {
                        grew = true;
                    }
                }
            }

            // Those that are gone are forgotten, so that a process id that is used again has no claim to a place in the tree.
            var there = table.Select(entry => entry.Key).ToHashSet();
            _seen.RemoveWhere(key => key != Wrapper && !there.Contains(key));
        }
    }

    /// <summary>Everything of the run that lives now, the wrapper excepted.</summary>
    public IReadOnlyList<ProcessKey> Living()
    {
        var table = ProcessTable.Read();
        Note(table);
        var alive = table.Where(entry => !entry.IsZombie).Select(entry => entry.Key).ToHashSet();
        lock (_seen)
        {
            return [.. _seen.Concat(ProcessTable.WithVariable($"MCPWORKERS_RUN={marker}\0")).Distinct().Where(key => key != Wrapper && alive.Contains(key))];
        }
    }

    /// <summary>Sends a signal to these processes, each checked to be still the one that is meant.</summary>
    public static void Signal(IEnumerable<ProcessKey> processes, StopSignal signal)
    {
        int number = signal switch
        {
            StopSignal.Interrupt => 2,
            StopSignal.Terminate => 15,
            StopSignal.Kill => 9,
            _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, null),
        };
        foreach (var process in processes)
        {
            if (ProcessTable.Find(process.Pid) is { } entry && entry.Key == process)
            {
                _ = Kill(process.Pid, number);
            }
        }
    }

    /// <summary>A child cannot have begun before the wrapper: whoever has an id of the tree and is older got it by chance.</summary>
    private bool IsLater(ProcessEntry entry) =>
        !long.TryParse(entry.Key.Start, out long start) || !long.TryParse(Wrapper.Start, out long begun) || start >= begun;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
