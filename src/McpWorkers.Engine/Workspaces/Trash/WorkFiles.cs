using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>One entry of an index.</summary>
/// <param name="Mode">Git's; 160000 for a submodule.</param>
/// <param name="IsAbsent">Sparse checkout leaves it out of the tree.</param>
internal sealed record IndexEntry(string Path, string Mode, string ObjectId, int Stage, bool IsAbsent);

/// <summary>What git says of a workspace's files: which are tracked, changed, ignored, and which of them a snapshot leaves out. Paths are raw, relative to the root.</summary>
internal sealed class WorkFiles
{
    public const string SetupOutput = "made by the set-up";
    public const string BySetting = "left out by the setting 'workspaces.leave_out'";

    public IReadOnlyList<IndexEntry> Index { get; private init; } = [];

    public IReadOnlySet<string> Tracked { get; private init; } = new HashSet<string>();

    /// <summary>Against HEAD, as git sees it with line ends and filters.</summary>
    public IReadOnlySet<string> Changed { get; private init; } = new HashSet<string>();

    public IReadOnlySet<string> Ignored { get; private init; } = new HashSet<string>();

    private IReadOnlyDictionary<string, string> LeftOut { get; init; } = new Dictionary<string, string>();

    /// <exception cref="GitException">The index cannot be read.</exception>
    public static async Task<WorkFiles> ReadAsync(Workspace workspace, GitRepository repository, WorkspaceSettings settings, string? patterns, CancellationToken cancellationToken)
    {
        repository = repository.With(("GIT_OPTIONAL_LOCKS", "0"));
        var index = RawName.Fields((await repository.RunAsync(["ls-files", "-s", "-t", "-z"], cancellationToken)).Bytes).Select(Parse).ToList();
        var ignored = await NamesAsync(repository, ["ls-files", "-o", "-i", "--exclude-standard", "-z"], cancellationToken);
        var changed = await repository.TryAsync(["diff-index", "--name-only", "-z", "HEAD"], cancellationToken);
        var leftOut = new Dictionary<string, string>();
        var outputs = workspace.SetupOutputs.Select(output => RawName.FromText(output.TrimEnd('/'))).ToList();
        foreach (string path in ignored.Where(path => outputs.Any(output => RawName.IsWithin(path, output))))
        {
            leftOut[path] = SetupOutput;
        }

        if (settings.LeaveOut.Count > 0 && patterns is not null)
        {
            var chosen = await NamesAsync(repository, ["ls-files", "-o", "-i", "--exclude-from=" + patterns, "-z"], cancellationToken);
            foreach (string path in chosen.Where(ignored.Contains))
            {
                leftOut.TryAdd(path, BySetting);
            }
        }

        return new()
        {
            Index = index,
            Tracked = index.Select(entry => entry.Path).ToHashSet(),
            Ignored = ignored,
            Changed = changed.Succeeded ? RawName.Fields(changed.Bytes).ToHashSet() : new HashSet<string>(),
            LeftOut = leftOut,
        };
    }

    /// <summary>Why a snapshot leaves a file out; null where it does not. Tracked files and whole repositories are never left out.</summary>
    public string? WhyLeftOut(string path) => LeftOut.GetValueOrDefault(path);

    /// <returns>Null for what is simply tracked.</returns>
    public string? StateOf(string path) => Tracked.Contains(path)
        ? Changed.Contains(path) ? "changed" : null
        : Ignored.Contains(path) ? "ignored" : "untracked";

    /// <summary>The file of patterns for <see cref="ReadAsync"/>.</summary>
    public static byte[] Patterns(WorkspaceSettings settings) => Encoding.UTF8.GetBytes(string.Concat(settings.LeaveOut.Select(pattern => pattern + "\n")));

    private static async Task<HashSet<string>> NamesAsync(GitRepository repository, IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        [.. RawName.Fields((await repository.RunAsync(arguments, cancellationToken)).Bytes)];

    /// <summary><c>TAG MODE ID STAGE⇥PATH</c></summary>
    private static IndexEntry Parse(string line)
    {
        int tab = line.IndexOf('\t', StringComparison.Ordinal);
        string[] facts = line[..tab].Split(' ');
        return new(line[(tab + 1)..], facts[1], facts[2], facts[3][0] - '0', facts[0] == "S");
    }
}
