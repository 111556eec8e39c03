using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Containers;

/// <summary>Mounts into the home directory that a worker has of its own.</summary>
internal static class OwnHome
{
    private const string Start = "~/";

    /// <summary>
    /// The mount with its target in that home, where there is something to mount over. An engine would make it by itself, but as its own user:
    /// then the agent could not write beside a key that was mounted as <c>~/.agent/key</c>.
    /// </summary>
    /// <exception cref="LaunchException">It cannot be made.</exception>
    public static ContainerMount Place(ContainerMount mount, string home)
    {
        if (!mount.Target.StartsWith(Start, StringComparison.Ordinal))
        {
            return mount;
        }

        string target = Path.GetFullPath(Path.Combine(home, mount.Target[Start.Length..]));
        if (!target.StartsWith(home + "/", StringComparison.Ordinal))
        {
            throw new LaunchException($"The mount of '{mount.Source}' at '{mount.Target}' is not within the worker's home.");
        }

        try
        {
            Make(home, target, isDirectory: Directory.Exists(mount.Source));
            return mount with { Target = target };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LaunchException($"'{mount.Source}' cannot be mounted at '{mount.Target}' of the worker's home: {e.Message}", e);
        }
    }

    /// <summary>An agent may have put a link there since the last run: what lies behind it is none of ours to make.</summary>
    private static void Make(string home, string target, bool isDirectory)
    {
        string path = home;
        string[] names = target[(home.Length + 1)..].Split('/');
        for (int i = 0; i < names.Length; i++)
        {
            path = Path.Combine(path, names[i]);
            if (new FileInfo(path).LinkTarget is not null)
            {
                throw new IOException($"'{path}' is a link.");
            }

            if (i < names.Length - 1 || isDirectory)
            {
                Directory.CreateDirectory(path);
            }
            else if (!File.Exists(path))
            {
                File.Create(path).Dispose();
            }
        }
    }
}
