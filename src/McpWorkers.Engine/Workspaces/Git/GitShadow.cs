using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using McpWorkers.Engine.Execution.Processes;

namespace McpWorkers.Engine.Workspaces.Git;

/// <summary>
/// For each repository a common directory of ours, given to git by GIT_COMMON_DIR: links to the repository's refs and what else is data, a
/// configuration of our own making, and no hooks. So git never reads the repository's configuration at all, also where an agent changes it
/// in the very moment.
/// </summary>
internal sealed class GitShadow(string root, string git)
{
    private const string Info = "info";

    /// <summary>What is data in a common directory. Objects are named by a variable of their own: alternates are relative to the real place.</summary>
    private static readonly string[] Linked = ["refs", "packed-refs", "logs", Info, "worktrees", "shallow", "modules", "reftable"];

    /// <summary>Over the user's own: commits of ours ask nobody and run nothing, nor is anything left behind that goes on in the background.</summary>
    private const string Ours = """
        [core]
        	hooksPath = /dev/null
        	fsmonitor = false
        	untrackedCache = false
        [gc]
        	auto = 0
        [maintenance]
        	auto = false
        [commit]
        	gpgSign = false
        [tag]
        	gpgSign = false
        [protocol "ext"]
        	allow = never
        [advice]
        	addEmbeddedRepo = false

        """;

    /// <summary>For snapshots: every file as the bytes that it is, whatever the attributes in the tree say (gitattributes(5): info/attributes goes first).</summary>
    private const string Raw = """
        [core]
        	autocrlf = false
        	safecrlf = false
        	symlinks = true
        	fileMode = true
        	ignoreCase = false
        	precomposeUnicode = false
        	protectNTFS = false
        	protectHFS = false
        	sparseCheckout = false

        """;

    private const string RawAttributes = "* -text -eol -filter -ident -diff -merge -working-tree-encoding\n";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Made> _made = new();

    /// <param name="isRaw">For commands that take and give files as they are.</param>
    /// <returns>The directory for GIT_COMMON_DIR.</returns>
    /// <exception cref="GitException">The repository is gone, or its configuration cannot be read.</exception>
    public async Task<string> OfAsync(RepositoryPlace place, bool isRaw, CancellationToken cancellationToken)
    {
        // Nothing of ours may lie where it was: whoever moves it back there would find the place taken.
        if (!Directory.Exists(Path.Combine(place.CommonDirectory, "objects")))
        {
            throw new GitException($"There is no repository at '{place.CommonDirectory}' any more. Bring it back to that place.");
        }

        if (place.IsUnlinked)
        {
            UnlinkedRepository.Check(place.GitDirectory);
        }

        byte[] local = Read(Path.Combine(place.CommonDirectory, "config"));
        byte[] own = Read(Path.Combine(place.GitDirectory, "config.worktree"));
        string digest = Convert.ToHexString(SHA256.HashData([.. local, 0, .. own]));
        string name = NameOf(place.GitDirectory, isRaw);
        string directory = Path.Combine(root, name);
        var made = _made.GetOrAdd(name, _ => new());
        await made.Turn.WaitAsync(cancellationToken);
        try
        {
            if (made.Digest != digest || !File.Exists(Path.Combine(directory, "config")))
            {
                Directory.CreateDirectory(directory);
                string kept = await KeptAsync(directory, local, cancellationToken) + await KeptAsync(directory, own, cancellationToken);
                await WriteAsync(Path.Combine(directory, "config"), kept + Ours + (isRaw ? Raw : ""), cancellationToken);
                foreach (string each in Linked.Where(each => !isRaw || each != Info))
                {
                    Link(Path.Combine(directory, each), Path.Combine(place.CommonDirectory, each));
                }

                if (isRaw)
                {
                    Directory.CreateDirectory(Path.Combine(directory, Info));
                    await WriteAsync(Path.Combine(directory, Info, "attributes"), RawAttributes, cancellationToken);
                }

                made.Digest = digest;
            }

            // Git removes it with the last worktree; through the link it could not be made again.
            Directory.CreateDirectory(Path.Combine(place.CommonDirectory, "worktrees"));
            return directory;
        }
        finally
        {
            made.Turn.Release();
        }
    }

    /// <summary>Of a git directory that is gone: nobody may be using it.</summary>
    public void Forget(string gitDirectory)
    {
        foreach (string name in (string[])[NameOf(gitDirectory, isRaw: false), NameOf(gitDirectory, isRaw: true)])
        {
            _made.TryRemove(name, out _);
            try
            {
                Directory.Delete(Path.Combine(root, name), recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It is not there, or stays as a few links that lead nowhere.
            }
        }
    }

    private static string NameOf(string gitDirectory, bool isRaw) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(gitDirectory)))[..24] + (isRaw ? "-raw" : "");

    private static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static async Task WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(path + ".new", text, cancellationToken);
        File.Move(path + ".new", path, overwrite: true);
    }

    private static void Link(string link, string target)
    {
        if (new FileInfo(link).LinkTarget != target)
        {
            File.Delete(link);
            File.CreateSymbolicLink(link, target);
        }
    }

    /// <summary>What counts of a configuration, as it was when it was read.</summary>
    private async Task<string> KeptAsync(string directory, byte[] configuration, CancellationToken cancellationToken)
    {
        if (configuration.Length == 0)
        {
            return "";
        }

        string seen = Path.Combine(directory, "config.seen");
        await File.WriteAllBytesAsync(seen, configuration, cancellationToken);
        var listed = await CommandRunner.RunAsync(
            new CommandSpec
            {
                Executable = git,
                Arguments = ["config", "--file", seen, "--no-includes", "--list", "--null"],
                WorkingDirectory = directory,
                Environment = new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "" },
                Timeout = Patience,
            },
            cancellationToken);
        File.Delete(seen);
        return listed.ExitCode == 0
            ? LocalConfiguration.Kept(Encoding.UTF8.GetString(listed.Stdout.Span).Split('\0', StringSplitOptions.RemoveEmptyEntries))
            : throw new GitException($"The repository's configuration cannot be read: {listed.Stderr.Trim()}", listed.ExitCode);
    }

    private sealed class Made
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public string? Digest { get; set; }
    }
}
