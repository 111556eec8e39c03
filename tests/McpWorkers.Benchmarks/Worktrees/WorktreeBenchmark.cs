using System.Collections;
using System.Diagnostics;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Ports;
using McpWorkers.Engine.Workspaces.Worktrees;

namespace McpWorkers.Benchmarks.Worktrees;

/// <summary>
/// Until a worktree of a repository of 5,000 files is ready, checks before with it, alone and thirty at once, against
/// <c>git worktree add -b</c>. What is made is removed between the turns, which is not measured.
/// </summary>
internal static class WorktreeBenchmark
{
    private const int Files = 5000;
    private const int Many = 30;
    private const int AloneRounds = 11;
    private const int ManyRounds = 3;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    public static async Task RunAsync()
    {
        if (ExecutableFinder.Find("git") is not { } git)
        {
            Rounds.Skip("worktree", "there is no git on the PATH");
            return;
        }

        string folder = LinkedPath.Resolve(Directory.CreateTempSubdirectory("mcpworkers-benchmark-").FullName);
        try
        {
            using var limit = new CancellationTokenSource(Limit);
            var scene = new Scene(git, folder, limit.Token);
            await scene.MakeRepositoryAsync();
            foreach (var (title, count, rounds) in new[] { ("alone", 1, AloneRounds), ($"{Many} at once", Many, ManyRounds) })
            {
                await Rounds.RunAsync($"A worktree of {Files} files, {title}", "ms until all are ready", rounds,
                [
                    new("git worktree add", () => scene.PlainAsync(count)),
                    new("McpWorkers", () => scene.OursAsync(count)),
                ]);
            }

            Console.WriteLine($"git worktree add failed {scene.Failures} times and was asked again.");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed class Scene(string git, string folder, CancellationToken ended)
    {
        private readonly Dictionary<string, string> _environment = new(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(each => KeyValuePair.Create((string)each.Key, (string)each.Value!)))
        {
            ["HOME"] = folder,
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_AUTHOR_NAME"] = "Benchmark",
            ["GIT_AUTHOR_EMAIL"] = "benchmark@localhost",
            ["GIT_COMMITTER_NAME"] = "Benchmark",
            ["GIT_COMMITTER_EMAIL"] = "benchmark@localhost",
        };

        private readonly WorkspaceFolder _workspaces = new(Path.Combine(folder, "data"));
        private WorktreeProvider? _provider;
        private int _made;

        /// <summary>How often <c>git worktree add</c> had to be asked again.</summary>
        public int Failures { get; private set; }

        private string Top => Path.Combine(folder, "project");

        public async Task MakeRepositoryAsync()
        {
            await GitAsync(folder, "init", "--quiet", "--initial-branch=main", Top);
            for (int i = 0; i < Files; i++)
            {
                string path = Path.Combine(Top, $"directory{i % 100}", $"file{i}.txt");
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await File.WriteAllTextAsync(path, $"The file {i}.\n", ended);
            }

            await GitAsync(Top, "add", "--all");
            await GitAsync(Top, "commit", "--quiet", "--message", "All");
            await GitAsync(Top, "gc", "--quiet");
            var settings = new WorkspaceSettings();
            _provider = new(new GitTool(_workspaces.Beside("git"), ownerMark: null), _workspaces, settings, new PortLeases(_workspaces.Beside("ports"), settings), TimeProvider.System);
        }

        public Task<double> PlainAsync(int count) => MeasureAsync(() =>
            Task.WhenAll(Enumerable.Range(0, count).Select(_ => Interlocked.Increment(ref _made)).Select(i =>
                AddAsync(i))));

        public Task<double> OursAsync(int count) => MeasureAsync(async () =>
        {
            WorkspaceOrder[] orders = [.. Enumerable.Range(0, count).Select(_ => new WorkspaceOrder
            {
                Id = $"term_{Interlocked.Increment(ref _made):0000}",
                Spec = new() { Kind = WorkspaceKind.Worktree },
                Directory = Top,
                Environment = _environment,
                OwnerMark = "benchmark",
            })];
            await _provider!.CheckAsync(orders, ended);
            await Task.WhenAll(orders.Select(order => _provider.CreateAsync(order, ended)));
        });

        /// <summary>Git fails where it reads another's half-written entry: as a person would, it is asked again.</summary>
        private async Task AddAsync(int number)
        {
            while (!await TryGitAsync(Top, "worktree", "add", "--quiet", "-B", $"plain{number}", Path.Combine(folder, $"plain{number}")))
            {
                Failures++;
            }
        }

        private async Task<double> MeasureAsync(Func<Task> makeAsync)
        {
            long begun = Stopwatch.GetTimestamp();
            await makeAsync();
            double milliseconds = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            foreach (string made in Directory.EnumerateDirectories(folder, "plain*"))
            {
                Directory.Delete(made, recursive: true);
            }

            if (Directory.Exists(_workspaces.Root))
            {
                Directory.Delete(_workspaces.Root, recursive: true);
            }

            await GitAsync(Top, "worktree", "prune");
            return milliseconds;
        }

        private async Task GitAsync(string directory, params string[] arguments)
        {
            if (!await TryGitAsync(directory, arguments))
            {
                throw new InvalidOperationException($"git {string.Join(' ', arguments)} failed.");
            }
        }

        private async Task<bool> TryGitAsync(string directory, params string[] arguments) => (await CommandRunner.RunAsync(
            new CommandSpec { Executable = git, Arguments = arguments, WorkingDirectory = directory, Environment = _environment }, ended)).ExitCode == 0;
    }
}
