using System.Text;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Git;
using Xunit;

namespace McpWorkers.Tests.Workspaces;

/// <summary>
/// A place of its own for one test of workspaces: a home with a git configuration, a data directory, repositories, and the real git as a
/// user runs it. All of it is gone at the end. Where there is no git the test is skipped.
/// </summary>
internal sealed class GitScene : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _git;
    private readonly Dictionary<string, string> _environment;

    public GitScene()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The scenes are for Unix.");
        string? git = ExecutableFinder.Find("git");
        Assert.SkipWhen(git is null, "There is no git on the PATH.");
        _git = git!;
        Root = LinkedPath.Resolve(Directory.CreateTempSubdirectory("mcpworkers-git-").FullName);
        Directory.CreateDirectory(Home);
        Directory.CreateDirectory(Data);
        File.WriteAllText(Path.Combine(Home, ".gitconfig"), """
            [user]
            	name = Scene User
            	email = scene@example.invalid
            [init]
            	defaultBranch = main

            """);
        _environment = new()
        {
            ["PATH"] = System.Environment.GetEnvironmentVariable("PATH") ?? "",
            ["HOME"] = Home,
            ["XDG_CONFIG_HOME"] = Path.Combine(Home, ".config"),
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["LANG"] = "C.UTF-8",
            ["TZ"] = "UTC",
        };
        Folder = new(Data);
        Tool = new(Folder.Beside("git"), ownerMark: null);
    }

    /// <summary>Absolute, links resolved.</summary>
    public string Root { get; }

    public string Home => Path.Combine(Root, "home");

    public string Data => Path.Combine(Root, "data");

    /// <summary>The host's own git.</summary>
    public GitTool Tool { get; }

    public WorkspaceFolder Folder { get; }

    /// <summary>The user's: his home, and where programs are. Tests may <see cref="Set"/> more.</summary>
    public IReadOnlyDictionary<string, string> Environment => _environment;

    public void Set(string variable, string value) => _environment[variable] = value;

    /// <summary>Adds to the user's global configuration.</summary>
    public void Configure(string text) => File.AppendAllText(Path.Combine(Home, ".gitconfig"), text + "\n");

    /// <summary>Runs the real git as the user would.</summary>
    /// <returns>Standard output without the last line's end.</returns>
    /// <exception cref="InvalidOperationException">It did not end with exit code 0.</exception>
    public async Task<string> Git(string directory, params string[] arguments)
    {
        var said = await TryGit(directory, arguments);
        return said.ExitCode == 0
            ? Encoding.UTF8.GetString(said.Stdout.Span).TrimEnd('\n')
            : throw new InvalidOperationException($"git {string.Join(' ', arguments)} ended with {said.ExitCode}: {said.Stderr}");
    }

    /// <summary>Like <see cref="Git"/>, for commands whose exit code or bytes are what is asked.</summary>
    public Task<CommandBytes> TryGit(string directory, params string[] arguments) => CommandRunner.RunAsync(
        new CommandSpec { Executable = _git, Arguments = arguments, WorkingDirectory = directory, Environment = _environment, Timeout = Patience },
        TestContext.Current.CancellationToken);

    /// <summary>The host's git on the repository that this directory is in.</summary>
    public GitRepository Open(string directory) => Tool.Open(RepositoryPlace.At(directory), _environment);

    /// <summary>Makes a repository with one commit on <c>main</c> of these files; without any: of <c>readme.txt</c>.</summary>
    /// <param name="name">Its folder's name below <see cref="Root"/>.</param>
    /// <returns>Its top.</returns>
    public async Task<string> MakeRepository(string name = "project", params (string Path, string Text)[] files)
    {
        string top = Path.Combine(Root, name);
        await Git(Root, "init", "--quiet", "--initial-branch=main", "--", top);
        foreach (var (path, text) in files.DefaultIfEmpty(("readme.txt", "A project.\n")))
        {
            Write(top, path, text);
        }

        await Commit(top, "First");
        return top;
    }

    /// <summary>Commits all that is there.</summary>
    /// <returns>The commit.</returns>
    public async Task<string> Commit(string directory, string message = "More")
    {
        await Git(directory, "add", "--all");
        await Git(directory, "commit", "--quiet", "--message", message);
        return await Git(directory, "rev-parse", "HEAD");
    }

    /// <summary>Writes a file, with the directories above it.</summary>
    /// <returns>Its path.</returns>
    public static string Write(string directory, string path, string text)
    {
        string whole = Path.Combine(directory, path);
        Directory.CreateDirectory(Path.GetDirectoryName(whole)!);
        File.WriteAllText(whole, text);
        return whole;
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (IOException)
        {
            // A command that was ended may have written its last file just now; the temporary folder goes as a whole.
        }
    }
}
