using System.Text.Json.Nodes;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Tests.Execution.Containers;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.RealAgents;

/// <summary>
/// A real AI CLI in containers: its program is mounted read-only into an image without it, and the model server runs inside the same container,
/// on a loopback of its own, so that no network is needed.
/// </summary>
public sealed class ContainerTests(EngineFixture engines) : IDisposable
{
    private const string Inside = "/opt/agent";

    /// <summary>The server ends with its standard input, which nobody closes before the container ends.</summary>
    private const string Start =
        """
        #!/bin/sh
        (tail -f /dev/null | /opt/agent/node /opt/agent/model-server/server.mjs >/tmp/said) &
        n=0
        until [ -s /tmp/said ] || [ $n -ge 600 ]; do n=$((n + 1)); sleep 0.05; done
        ANTHROPIC_BASE_URL=http://127.0.0.1:$(sed 's/[^0-9]//g' /tmp/said) exec /opt/agent/claude "$@"
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(150);

    private readonly ProductHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact(Timeout = 300_000)]
    public async Task Claude_works_in_a_container_in_its_worktree_alone_and_goes_on_with_its_session()
    {
        var claude = RealAgent.Of("claude");
        Needs.Installed(claude);
        var engine = await engines.GetAsync(TestEngine.Docker);
        Write(claude, engine);
        string secret = Path.Combine(_home.Home, "secret.txt");
        await File.WriteAllTextAsync(secret, "the user's own", TestContext.Current.CancellationToken);
        await MakeRepositoryAsync();

        string id = (await DoneAsync("spawn", "-t", "contained-claude", "--workspace", "worktree")).Trim();
        var first = await ExecuteAsync(
            id, $"[[bash:echo from claude >inside.txt; git add --all; git commit --quiet --message=Inside; echo more >>shared.txt; cat {secret} || echo NOTHING-THERE]] go");
        var second = await ExecuteAsync(id, "[[text]] and again");

        Assert.Equal("completed", first.Status());
        Assert.Contains("NOTHING-THERE", first.Output(), StringComparison.Ordinal);
        Assert.Equal(["inside.txt", "shared.txt"], first.Metadata()["evidence"]!["changes"]!["files"]!.AsArray().Select(file => (string)file!["path"]!));
        Assert.Equal("completed", second.Status());
        Assert.Equal((string)first.Metadata()["session_id"]!, (string)second.Metadata()["session_id"]!);
        Assert.False(File.Exists(Path.Combine(_home.Work, "inside.txt")));
        Assert.Equal("first line\n", await File.ReadAllTextAsync(Path.Combine(_home.Work, "shared.txt"), TestContext.Current.CancellationToken));
        Assert.Empty(Directory.GetFileSystemEntries(_home.Home, ".claude*"));

        await DoneAsync("merge", id);
        Assert.Equal("from claude\n", await File.ReadAllTextAsync(Path.Combine(_home.Work, "inside.txt"), TestContext.Current.CancellationToken));
        Assert.Empty(await EngineQuestion.ContainersOfAsync(engine, [id]));
    }

    private void Write(RealAgent claude, TestEngine engine)
    {
        string start = Path.Combine(_home.Root, "start.sh");
        File.WriteAllText(start, Start);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(start, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var environment = new JsonObject();
        foreach (var (name, value) in claude.Variables(""))
        {
            if (name != "ANTHROPIC_BASE_URL")
            {
                environment[name] = value;
            }
        }

        _home.WriteHostSettings(new() { ["containers"] = new JsonObject { ["engine"] = engine.Address } });
        _home.WriteWorkerTypes(new JsonObject
        {
            ["name"] = "contained-claude",
            ["agent"] = "claude",
            ["permission"] = "full",
            ["launcher"] = "container",
            ["command_template"] = new JsonArray(Inside + "/start"),
            ["environment"] = environment,
            ["container"] = new JsonObject
            {
                ["image"] = EngineFixture.Debian,
                ["network"] = "none",
                ["mounts"] = new JsonArray(
                    Mount(start, "start"),
                    Mount(Real(ProductPaths.Node), "node"),
                    Mount(Real(claude.Executable), "claude"),
                    Mount(Path.GetDirectoryName(ProductPaths.Script("model-server/server.mjs"))!, "model-server")),
            },
        });
    }

    private static string Mount(string source, string name) => $"{source}:{Inside}/{name}";

    /// <summary>Neither a link nor what it leads to through another link would be there inside.</summary>
    private static string Real(string path) => new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;

    private async Task MakeRepositoryAsync()
    {
        await GitAsync("init", "--quiet", "--initial-branch=main");
        await GitAsync("config", "user.name", "Someone");
        await GitAsync("config", "user.email", "someone@example.invalid");
        await File.WriteAllTextAsync(Path.Combine(_home.Work, "shared.txt"), "first line\n", TestContext.Current.CancellationToken);
        await GitAsync("add", "--all");
        await GitAsync("commit", "--quiet", "--message=First");
    }

    private async Task GitAsync(params string[] arguments)
    {
        var said = await CommandRunner.RunAsync(
            new CommandSpec { Executable = ExecutableFinder.Find("git")!, Arguments = arguments, WorkingDirectory = _home.Work, Environment = _home.Environment },
            TestContext.Current.CancellationToken);
        Assert.True(said.ExitCode == 0, said.Stderr);
    }

    private async Task<JsonObject> ExecuteAsync(string id, string prompt)
    {
        var end = await ProductInside.RunAsync(_home, Limit, "workers", "execute", id, "-p", prompt, "-T", "120", "--json");
        return JsonNode.Parse(end.Stdout)!.AsObject();
    }

    private async Task<string> DoneAsync(params string[] arguments)
    {
        var end = await ProductInside.RunAsync(_home, Limit, ["workers", .. arguments]);
        Assert.True(end.ExitCode == 0, end.ToString());
        return end.Stdout;
    }
}
