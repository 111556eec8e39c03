using System.Text;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Ports;
using McpWorkers.Engine.Workspaces.Trash;
using McpWorkers.Engine.Workspaces.Worktrees;

namespace McpWorkers.Tests.Crash;

/// <summary>The folder of the worktree crash proof, as its hosts and its judge see it.</summary>
internal sealed class WorktreePlace(string root)
{
    public const string Mark = "worktree-crash";

    private static readonly WorkspaceSettings Settings = new();

    public string Repository => Path.Combine(root, "project");

    public string Library => Path.Combine(root, "library");

    /// <summary>What was written, one line for each file once it is whole.</summary>
    public string Journal => Path.Combine(root, "journal");

    public WorkspaceFolder Folder { get; } = new(Path.Combine(root, "data"));

    public GitTool Tool => field ??= new(Folder.Beside("git"), Mark);

    public PortLeases Ports => field ??= new(Folder.Beside("ports"), Settings);

    public Trashcan Trash => field ??= new(Tool, Folder, Settings, Ports, TimeProvider.System);

    public WorktreeProvider Provider => field ??= new(Tool, Folder, Settings, Ports, TimeProvider.System);

    public IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>
    {
        ["PATH"] = System.Environment.GetEnvironmentVariable("PATH") ?? "",
        ["HOME"] = Path.Combine(root, "home"),
        ["GIT_CONFIG_NOSYSTEM"] = "1",
        ["LANG"] = "C.UTF-8",
    };

    public async Task MakeAsync()
    {
        Directory.CreateDirectory(Path.Combine(root, "home"));
        Directory.CreateDirectory(Path.Combine(root, "data"));
        await File.WriteAllTextAsync(Path.Combine(root, "home", ".gitconfig"), "[user]\n\tname = Proof\n\temail = proof@example.invalid\n[protocol \"file\"]\n\tallow = always\n[gc]\n\tauto = 0\n");
        foreach (string repository in new[] { Library, Repository })
        {
            await ShellAsync(root, $"git init -q -b main {repository}; cd {repository}; printf '* text=auto\\n' > .gitattributes; printf 'ignored/\\n' > .gitignore; echo one > readme.txt; git add .; git commit -qm First");
        }

        await ShellAsync(Repository, $"git submodule --quiet add {Library} deps/library; git commit -qm Library");
    }

    /// <summary>Runs a script as an agent or a user would.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public async Task<string> ShellAsync(string directory, string script, CancellationToken cancellationToken = default)
    {
        var said = await CommandRunner.RunAsync(
            new CommandSpec { Executable = "/bin/sh", Arguments = ["-euc", script], WorkingDirectory = directory, Environment = Environment, Timeout = TimeSpan.FromMinutes(2), OwnerMark = Mark },
            cancellationToken);
        return said.ExitCode == 0 ? Encoding.UTF8.GetString(said.Stdout.Span).TrimEnd('\n') : throw new InvalidOperationException($"{script}: {said.Stderr}");
    }
}
