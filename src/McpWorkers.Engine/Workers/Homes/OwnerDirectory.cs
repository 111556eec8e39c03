using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Workers.Homes;

/// <summary>
/// The part of the data directory that belongs to one host process: <c>owners/&lt;id&gt;/</c> with its runs in it. The host holds a lock
/// in it; a directory whose lock is free belonged to a host that is gone, and whatever of its runs still goes on is swept.
/// </summary>
internal sealed class OwnerDirectory : IDisposable
{
    private const string LockName = "lock";

    private readonly FileStream _lock;

    private OwnerDirectory(string path, string mark, FileStream held)
    {
        Path = path;
        Mark = mark;
        _lock = held;
    }

    public string Path { get; }

    /// <summary>Stands in the environment of every process of this owner's runs.</summary>
    public string Mark { get; }

    public string RunsPath => System.IO.Path.Combine(Path, "runs");

    /// <summary>Home directories of workers whose agents do not have the user's own.</summary>
    public string HomesPath => System.IO.Path.Combine(Path, "homes");

    /// <summary>Makes a directory of this process's own.</summary>
    public static OwnerDirectory Create(string dataDirectory)
    {
        string owners = System.IO.Path.Combine(dataDirectory, "owners");
        DataDirectory.MakePrivate(dataDirectory);
        DataDirectory.MakePrivate(owners);
        for (int attempt = 0; attempt < 3; attempt++)
        {
            string path = System.IO.Path.Combine(owners, DataDirectory.NewId(16));
            DataDirectory.MakePrivate(path);

            // A host that sweeps at this very moment may hold the new directory for an instant: then the next one is ours.
            if (TryHold(path, FileMode.CreateNew) is { } owner)
            {
                DataDirectory.MakePrivate(owner.RunsPath);
                return owner;
            }
        }

        throw new IOException($"No directory in '{owners}' could be made and locked. Is the file system writable, and does it know locks?");
    }

    /// <summary>Directories of hosts that are gone, each locked by us now; dispose them after the sweep.</summary>
    public static IEnumerable<OwnerDirectory> TakeAbandoned(string dataDirectory)
    {
        string owners = System.IO.Path.Combine(dataDirectory, "owners");
        if (!Directory.Exists(owners))
        {
            yield break;
        }

        foreach (string path in Directory.EnumerateDirectories(owners).Order(StringComparer.Ordinal))
        {
            if (TryHold(path, FileMode.Open) is { } abandoned)
            {
                yield return abandoned;
            }
        }
    }

    /// <summary>Whether the host of such a mark goes on: it holds the lock.</summary>
    public static bool IsAlive(string dataDirectory, string mark)
    {
        string path = System.IO.Path.Combine(dataDirectory, "owners", mark);
        if (!File.Exists(System.IO.Path.Combine(path, LockName)))
        {
            return false;
        }

        using var held = TryHold(path, FileMode.Open);
        return held is null;
    }

    public void Dispose() => _lock.Dispose();

    private static OwnerDirectory? TryHold(string path, FileMode mode)
    {
        try
        {
            // An advisory lock that the kernel lets go when the process ends, however it ends.
            var held = new FileStream(System.IO.Path.Combine(path, LockName), mode, FileAccess.ReadWrite, FileShare.None);
            return new(path, System.IO.Path.GetFileName(path), held);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
