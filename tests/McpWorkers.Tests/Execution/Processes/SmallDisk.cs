using McpWorkers.Engine.Execution.Processes;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

/// <summary>A file system of a few megabytes, where this machine lets us make one.</summary>
internal sealed class SmallDisk(string path) : IDisposable
{
    public string Path { get; } = path;

    public static async Task<SmallDisk> MountAsync(string root, CancellationToken cancellationToken, int megabytes = 1)
    {
        string path = System.IO.Path.Combine(root, "disk");
        Directory.CreateDirectory(path);
        string? mount = ExecutableFinder.Find("mount");
        Assert.SkipWhen(mount is null, "There is no program 'mount' here.");
        var mounted = await CommandRunner.RunAsync(mount, ["-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", path], TimeSpan.FromSeconds(5), cancellationToken);
        Assert.SkipWhen(mounted.ExitCode != 0, $"No small file system can be mounted here: {mounted.Stderr.Trim()}");
        return new(path);
    }

    public void Dispose() =>
        CommandRunner.RunAsync(ExecutableFinder.Find("umount")!, ["-l", Path], TimeSpan.FromSeconds(5)).GetAwaiter().GetResult();
}
