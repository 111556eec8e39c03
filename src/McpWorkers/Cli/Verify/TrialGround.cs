using System.Globalization;
using McpWorkers.Engine.Execution.Processes;

namespace McpWorkers.Cli.Verify;

/// <summary>A folder of repositories to try things on; it is removed at the end.</summary>
internal sealed class TrialGround : IDisposable
{
    /// <summary>The oldest git whose merge can be tried without a worktree.</summary>
    private static readonly Version GitMin = new(2, 38);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _root = Directory.CreateTempSubdirectory("mcpworkers-trial-").FullName;

    /// <summary>Null; or why there can be no worktree and no clone here.</summary>
    public static async Task<string?> WhyNoGitAsync(CancellationToken cancellationToken)
    {
        var said = await CommandRunner.RunAsync("git", ["--version"], Limit, cancellationToken);
        if (said.ExitCode != 0)
        {
            return "git is not installed, or cannot be started: " + said.Stderr.Trim();
        }

        string[] words = said.Stdout.Trim().Split(' ');
        string[] numbers = words.Length > 2 ? words[2].Split('.') : [];
        return numbers.Length >= 2
            && int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out int major)
            && int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out int minor)
            && new Version(major, minor) < GitMin
            ? $"git is {major}.{minor}, and {GitMin} or later is needed"
            : null;
    }

    /// <summary>A repository with one commit on the branch <c>main</c>.</summary>
    /// <returns>Its path; or what git said.</returns>
    public async Task<(string? Path, string Fault)> MakeRepositoryAsync(string name, CancellationToken cancellationToken)
    {
        string path = Directory.CreateDirectory(System.IO.Path.Combine(_root, name)).FullName;
        await File.WriteAllTextAsync(System.IO.Path.Combine(path, "readme.txt"), "A repository to try things on.\n", cancellationToken);
        string[][] commands =
        [
            ["-C", path, "-c", "init.defaultBranch=main", "init", "--quiet", "--template="],
            ["-C", path, "add", "--all"],
            ["-C", path, "-c", "user.name=McpWorkers", "-c", "user.email=mcpworkers@localhost", "-c", "commit.gpgSign=false", "commit", "--quiet", "--no-verify", "--message", "A beginning"],
        ];
        foreach (string[] command in commands)
        {
            var said = await CommandRunner.RunAsync("git", command, Limit, cancellationToken);
            if (said.ExitCode != 0)
            {
                return (null, $"no repository could be made to try it on: {said.Stderr.Trim()}");
            }
        }

        return (path, "");
    }

    /// <summary>A folder without git.</summary>
    public string MakeFolder(string name) => Directory.CreateDirectory(System.IO.Path.Combine(_root, name)).FullName;

    public void Dispose()
    {
        try
        {
            // Git writes its objects read-only, which keeps Windows from removing them.
            foreach (string file in OperatingSystem.IsWindows() ? Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories) : [])
            {
                File.SetAttributes(file, FileAttributes.Normal);
            }

            Directory.Delete(_root, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It lies in the temporary directory.
        }
    }
}
