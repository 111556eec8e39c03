using System.Text;
using McpWorkers.Engine.Execution.Processes;

namespace McpWorkers.Engine.Workspaces.Git;

/// <summary>
/// One repository, or one of its worktrees, for the host's own git: no program that the repository names is ever run. Paths in commands are
/// literal; names that come from outside are checked where they come in, and stand behind <c>--</c> or in a place where git takes no option.
/// </summary>
internal sealed class GitRepository(
    string git, GitShadow shadow, RepositoryPlace place, IReadOnlyDictionary<string, string> environment, string? ownerMark, bool isRaw = false)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public RepositoryPlace Place { get; } = place;

    /// <summary>The same repository seen from another of its worktrees.</summary>
    public GitRepository At(RepositoryPlace worktree) => new(git, shadow, worktree, environment, ownerMark, isRaw);

    /// <summary>The same, taking and giving files as the bytes that they are: no line ends, filters or encodings are converted.</summary>
    public GitRepository Raw() => new(git, shadow, Place, environment, ownerMark, isRaw: true);

    /// <summary>The same with more variables, such as GIT_INDEX_FILE; a null value takes one away.</summary>
    public GitRepository With(params (string Name, string? Value)[] variables)
    {
        var changed = new Dictionary<string, string>(environment);
        foreach (var (name, value) in variables)
        {
            if (value is null)
            {
                changed.Remove(name);
            }
            else
            {
                changed[name] = value;
            }
        }

        return new(git, shadow, Place, changed, ownerMark, isRaw);
    }

    /// <exception cref="GitException">It did not end with exit code 0.</exception>
    public async Task<GitOutput> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        Checked(arguments, await StartAsync(arguments, default, null, cancellationToken));

    /// <param name="input">Standard input, such as names that a NUL ends each of.</param>
    /// <exception cref="GitException">It did not end with exit code 0.</exception>
    public async Task<GitOutput> RunAsync(IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellationToken) =>
        Checked(arguments, await StartAsync(arguments, input, null, cancellationToken));

    /// <summary>Writes standard output into a stream as it comes.</summary>
    /// <exception cref="GitException">It did not end with exit code 0.</exception>
    public async Task StreamAsync(IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, Stream to, CancellationToken cancellationToken) =>
        Checked(arguments, await StartAsync(arguments, input, to, cancellationToken));

    /// <summary>For input that is too much to be held.</summary>
    /// <exception cref="GitException">It did not end with exit code 0.</exception>
    public async Task FeedAsync(IReadOnlyList<string> arguments, Func<Stream, CancellationToken, Task> input, CancellationToken cancellationToken) =>
        Checked(arguments, await StartAsync(arguments, default, null, cancellationToken, input));

    /// <summary>For commands whose exit code is an answer.</summary>
    /// <exception cref="GitException">It did not come to its end by itself.</exception>
    public async Task<GitOutput> TryAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var said = await StartAsync(arguments, default, null, cancellationToken);
        return said.ExitCode is { } code ? new(code, said.Stdout, said.Stderr) : throw Fault(arguments, said);
    }

    /// <summary>The commit that a name stands for, or null where there is none.</summary>
    public async Task<string?> ResolveAsync(string name, CancellationToken cancellationToken)
    {
        var said = await TryAsync(["rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}"], cancellationToken);
        return said.Succeeded ? said.Text : null;
    }

    /// <summary>The branch that HEAD stands on, such as <c>refs/heads/main</c>, born or not; null where it is detached.</summary>
    public async Task<string?> BranchAsync(CancellationToken cancellationToken)
    {
        var said = await TryAsync(["symbolic-ref", "--quiet", "HEAD"], cancellationToken);
        return said.Succeeded ? said.Text : null;
    }

    internal static GitOutput Checked(IReadOnlyList<string> arguments, CommandBytes said) =>
        said.ExitCode == 0 ? new(0, said.Stdout, said.Stderr) : throw Fault(arguments, said);

    /// <summary>Names that each end in a NUL, for the commands that take them so.</summary>
    public static ReadOnlyMemory<byte> Names(IEnumerable<string> names) => Encoding.UTF8.GetBytes(string.Concat(names.Select(name => name + "\0")));

    private static GitException Fault(IReadOnlyList<string> arguments, CommandBytes said) =>
        new($"git {Named(arguments)} failed: {(said.TimedOut ? "it did not end in time. " : "")}{said.Stderr.Trim()}", said.ExitCode);

    /// <summary>The command and a little of what it was told; settings before it say nothing to a reader.</summary>
    private static string Named(IReadOnlyList<string> arguments)
    {
        int first = 0;
        while (first + 2 < arguments.Count && arguments[first] == "-c")
        {
            first += 2;
        }

        return string.Join(' ', arguments.Skip(first).Take(3));
    }

    private async Task<CommandBytes> StartAsync(IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, Stream? to, CancellationToken cancellationToken,
        Func<Stream, CancellationToken, Task>? inputBy = null)
    {
        var variables = new Dictionary<string, string>(environment)
        {
            ["GIT_DIR"] = Place.GitDirectory,
            ["GIT_COMMON_DIR"] = await shadow.OfAsync(Place, isRaw, cancellationToken),
            ["GIT_OBJECT_DIRECTORY"] = Path.Combine(Place.CommonDirectory, "objects"),
        };
        if (Place.WorkTree is { } tree)
        {
            variables["GIT_WORK_TREE"] = tree;
        }
        else
        {
            variables["GIT_IMPLICIT_WORK_TREE"] = "0";
        }

        return await CommandRunner.RunAsync(
            new CommandSpec
            {
                Executable = git,
                Arguments = arguments,
                WorkingDirectory = Place.WorkTree ?? Place.GitDirectory,
                Environment = variables,
                Stdin = input,
                StdinBy = inputBy,
                StdoutTo = to,
                Timeout = Patience,
                OwnerMark = ownerMark,
            },
            cancellationToken);
    }
}
