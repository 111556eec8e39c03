using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Reads which processes there are. Linux: from /proc; elsewhere from <c>ps</c>.</summary>
internal static class ProcessTable
{
    private const int StatBytesMax = 2048;

    // What the kernel calls USER_HZ: the unit in which it tells time to programs, the same on every machine that .NET runs on.
    private const int ClockTicksPerSecond = 100;

    // The kernel's own limit on arguments and environment together is a quarter of the stack limit, 2 MiB as a rule.
    private const int EnvironmentBytesMax = 2 * 1024 * 1024;

    private static readonly bool HasProc = File.Exists("/proc/self/stat");

    [ThreadStatic]
    private static byte[]? t_stat;

    public static IReadOnlyList<ProcessEntry> Read() => HasProc ? ReadProc() : ReadPs();

    /// <summary>Null where there is no such process.</summary>
    public static ProcessEntry? Find(int pid) =>
        HasProc ? ReadStat(pid) : ReadPs().Where(entry => entry.Key.Pid == pid).Select(entry => (ProcessEntry?)entry).FirstOrDefault();

    /// <summary>Living processes with such a variable in the environment that they were started with.</summary>
    /// <param name="text">Stands in the variable: a quick look before the exact one.</param>
    /// <param name="isIt">Told an assignment, <c>NAME=VALUE</c>.</param>
    /// <param name="notBefore">Start ticks: who began earlier is not looked at.</param>
    /// <remarks>Elsewhere than on Linux the environment of a process is not to be had: session and tree must do.</remarks>
    public static IReadOnlyList<ProcessKey> WithVariable(string text, Predicate<string> isIt, long notBefore = 0)
    {
        if (!HasProc)
        {
            return [];
        }

        byte[] wanted = Encoding.UTF8.GetBytes(text);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(EnvironmentBytesMax);
        try
        {
            var found = new List<ProcessKey>();
            foreach (int pid in Ids())
            {
                if (ReadStat(pid) is { IsZombie: false } entry
                    && long.Parse(entry.Key.Start, CultureInfo.InvariantCulture) >= notBefore
                    && Holds(ProcFile.Read($"/proc/{pid}/environ", buffer), wanted, isIt))
                {
                    found.Add(entry.Key);
                }
            }

            return found;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The marker variables in the environment that a process was started with, the run's own before the lineage.</summary>
    /// <param name="text">Stands in one of them: a quick look before the exact one.</param>
    public static IReadOnlyList<string> Assignments(int pid, string text)
    {
        if (!HasProc)
        {
            return [];
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(EnvironmentBytesMax);
        try
        {
            return Markers(ProcFile.Read($"/proc/{pid}/environ", buffer), Encoding.UTF8.GetBytes(text));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Living processes with a marker variable that holds the text, each with its marker variables.</summary>
    public static IReadOnlyList<(ProcessKey Process, IReadOnlyList<string> Assignments)> Marked(string text)
    {
        var found = new List<(ProcessKey, IReadOnlyList<string>)>();
        foreach (int pid in HasProc ? Ids() : [])
        {
            // The start of the process is read first: should its id be used again in between, the key is of one that is gone.
            if (ReadStat(pid) is { IsZombie: false } entry && Assignments(pid, text) is { Count: > 0 } assignments)
            {
                found.Add((entry.Key, assignments));
            }
        }

        return found;
    }

    /// <summary>The key in a line of /proc/PID/stat, or in one of "pid start time". Null where it is neither.</summary>
    public static ProcessKey? KeyOf(string line)
    {
        if (ParseStat(line) is { } entry)
        {
            return entry.Key;
        }

        int space = line.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && int.TryParse(line.AsSpan(0, space), CultureInfo.InvariantCulture, out int pid)
            ? new ProcessKey(pid, line[(space + 1)..].Trim())
            : null;
    }

    private static List<ProcessEntry> ReadProc()
    {
        var entries = new List<ProcessEntry>(256);
        foreach (int pid in Ids())
        {
            if (ReadStat(pid) is { } entry)
            {
                entries.Add(entry);
            }
        }

        return entries;
    }

    public static IEnumerable<int> Ids()
    {
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
            {
                yield return pid;
            }
        }
    }

    private static ProcessEntry? ReadStat(int pid)
    {
        var text = ProcFile.Read($"/proc/{pid}/stat", t_stat ??= new byte[StatBytesMax]);
        return text.IsEmpty ? null : ParseStat(Encoding.UTF8.GetString(text));
    }

    private static ProcessEntry? ParseStat(string line)
    {
        // The name in brackets may hold spaces and brackets of its own: what follows the last one is plain.
        int open = line.IndexOf('(', StringComparison.Ordinal);
        int close = line.LastIndexOf(')');
        if (open < 1 || close < open || !int.TryParse(line.AsSpan(0, open).Trim(), CultureInfo.InvariantCulture, out int pid))
        {
            return null;
        }

        string[] fields = line[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19
            ? new ProcessEntry(
                new(pid, fields[19]),
                int.Parse(fields[1], CultureInfo.InvariantCulture),
                int.Parse(fields[3], CultureInfo.InvariantCulture),
                fields[0] is "Z" or "X",
                int.Parse(fields[17], CultureInfo.InvariantCulture),
                fields.Length > 21 && long.TryParse(fields[21], CultureInfo.InvariantCulture, out long pages) ? pages * Environment.SystemPageSize : 0,
                TimeSpan.FromSeconds((double)fields[11..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture)) / ClockTicksPerSecond))
            : null;
    }

    private static bool Holds(ReadOnlySpan<byte> environment, ReadOnlySpan<byte> wanted, Predicate<string> isIt) =>
        environment.IndexOf(wanted) >= 0 && Encoding.UTF8.GetString(environment).Split('\0').Any(assignment => isIt(assignment));

    private static List<string> Markers(ReadOnlySpan<byte> environment, ReadOnlySpan<byte> text) => environment.IndexOf(text) < 0
        ? []
        : [.. Encoding.UTF8.GetString(environment).Split('\0')
            .Where(assignment => RunMarker.IsVariable(assignment.Split('=', 2)[0]))
            .OrderByDescending(assignment => assignment.StartsWith($"{RunMarker.Variable}=", StringComparison.Ordinal))];

    private static List<ProcessEntry> ReadPs()
    {
        using var ps = Process.Start(new ProcessStartInfo("/bin/ps", ["-axo", "pid=,ppid=,pgid=,state=,rss=,time=,lstart="])
        {
            RedirectStandardOutput = true,
        })!;
        string text = ps.StandardOutput.ReadToEnd();
        ps.WaitForExit();
        var entries = new List<ProcessEntry>();
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(' ', 7, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (fields.Length == 7 && int.TryParse(fields[0], CultureInfo.InvariantCulture, out int pid))
            {
                entries.Add(new(
                    new(pid, fields[6].Trim()),
                    int.Parse(fields[1], CultureInfo.InvariantCulture),
                    int.Parse(fields[2], CultureInfo.InvariantCulture),
                    fields[3].StartsWith('Z'),
                    ResidentBytes: long.Parse(fields[4], CultureInfo.InvariantCulture) * 1024,
                    Cpu: PsDuration.Read(fields[5])));
            }
        }

        return entries;
    }
}
