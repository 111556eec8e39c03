using System.Text.Json.Nodes;
using McpWorkers.Tests.Execution.Containers;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>Workers in containers of real engines, through the built product: commands, MCP, and its daemon.</summary>
public sealed class ContainerWorkerTests(EngineFixture engines) : IDisposable
{
    private const int TestLimit = 240_000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly ProductHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory(Timeout = TestLimit)]
    [MemberData(nameof(EngineFixture.Kinds), MemberType = typeof(EngineFixture))]
    public async Task A_shell_in_a_container_keeps_its_state_between_prompts(string kind)
    {
        var engine = await UseAsync(kind);
        string[] ids = (await DoneAsync("spawn", "-t", "container-executor", "-n", "2")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        string batch = await DoneAsync("batch", "--json", ids[0], ids[1], "-p", "echo $$ | tee /tmp/state; echo $HOME; echo written > from-inside-$(hostname)");
        var failed = await RunAsync("execute", ids[0], "--json", "-p", "cat /tmp/state; exit 7");

        Assert.Equal(2, ids.Length);
        var results = JsonNode.Parse(batch)!.AsArray().Select(result => result!.AsObject()).ToList();
        Assert.All(results, result => Assert.Equal(("completed", 0), (result.Status(), (int)result["exit_code"]!)));
        string[] first = results[0].Output().Split('\n');
        Assert.StartsWith(_home.Data, first[1], StringComparison.Ordinal);
        Assert.NotEqual(first[1], results[1].Output().Split('\n')[1]);
        Assert.Equal(2, Directory.GetFiles(_home.Work, "from-inside-*").Length);

        var second = JsonNode.Parse(failed.Stdout)!.AsObject();
        Assert.Equal((1, "failed", 7), (failed.ExitCode, second.Status(), (int)second["exit_code"]!));
        Assert.Equal(first[0], second.Output().Trim());
        Assert.Equal("enforced", (string)second.Metadata()["limits"]!["memory"]!["hold"]!);

        var listed = JsonNode.Parse(await DoneAsync("list", "--json"))!.AsArray();
        Assert.All(listed, worker => Assert.Equal(("container", EngineFixture.Busybox), ((string)worker!["launcher"]!, (string)worker["image"]!)));
        Assert.Contains(EngineFixture.Busybox, await DoneAsync("list"), StringComparison.Ordinal);
        Assert.Equal("Closed 2 workers.\n", await DoneAsync("close-all"));
        Assert.Empty(await EngineQuestion.ContainersOfAsync(engine, ids));
    }

    [Fact(Timeout = TestLimit)]
    public async Task Doctor_says_which_engine_there_is_and_a_missing_one_is_a_result_with_the_remedy()
    {
        var engine = await UseAsync(TestEngine.Docker);
        Assert.Contains($"ok    containers: Docker 20.10", (await DoctorAsync()).Stdout, StringComparison.Ordinal);
        Assert.Contains($" at {engine.Address}, by containers.engine. It keeps limits of memory, processor time and processes.\n", (await DoctorAsync()).Stdout, StringComparison.Ordinal);

        Settings("unix:///nowhere/engine.sock");
        string said = (await DoctorAsync()).Stdout;
        Assert.Contains("warn  containers: No container engine can be used: unix:///nowhere/engine.sock (containers.engine): ", said, StringComparison.Ordinal);
        Assert.Contains("  -> Install Docker or Podman and start it", said, StringComparison.Ordinal);
        Assert.Contains("none  container-executor: No container engine can be used", said, StringComparison.Ordinal);

        var end = await RunAsync("execute", "-t", "container-executor", "-p", "true", "--json");
        var result = Assert.Single(end.Results);
        Assert.Equal((1, "launch_failed"), (end.ExitCode, result.Outcome()));
        Assert.Contains("unix:///nowhere/engine.sock", (string)result["error"]!, StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Tools_spawn_in_containers_and_refuse_what_does_not_fit()
    {
        await UseAsync(TestEngine.Podman);
        await using var mcp = await ProductMcp.StartAsync(_home);

        string id = (await mcp.CallAsync("worker_spawn", ("worker_type", "container-executor"), ("image", EngineFixture.Debian))).AsArray().Single()!.GetValue<string>();
        var result = (await mcp.CallAsync("worker_execute", ("worker_id", id), ("prompt", "bash --version | head -1; touch /etc/x; echo $?"))).AsObject();
        var listed = (await mcp.CallAsync("worker_list")).AsArray().Single()!;

        Assert.Equal("completed", result.Status());
        Assert.Matches("^GNU bash.*\n1\n?$", result.Output());
        Assert.Equal(EngineFixture.Debian, (string)listed["image"]!);
        Assert.Contains("is for the launcher 'container'", await RefusedAsync("-t", "simulated", "--launcher", "process", "--image", "node:22"), StringComparison.Ordinal);
        Assert.Contains("is not the name of an image", await RefusedAsync("-t", "plain", "--image", "UPPER CASE"), StringComparison.Ordinal);
        Assert.Contains("runs its commands in a container only", await RefusedAsync("-t", "container-executor", "--launcher", "process"), StringComparison.Ordinal);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Every_workspace_works_in_containers()
    {
        await UseAsync(TestEngine.Docker);

        var verified = await ProductInside.RunAsync(_home, Limit, "verify", "modes", "--json");

        var verdicts = JsonNode.Parse(verified.Stdout)!.AsArray();
        Assert.Equal(3, verdicts.Count(each => (string)each!["launcher"]! == "container"));
        Assert.All(verdicts, each => Assert.True((bool)each!["works"]!, each.ToJsonString()));
        Assert.Equal(0, verified.ExitCode);
    }

    /// <summary>As where the daemon itself is in a container: what it calls one thing, the engine's machine calls another.</summary>
    [Fact(Timeout = TestLimit)]
    public async Task Directories_are_named_to_the_engine_by_the_path_map()
    {
        var engine = await UseAsync(TestEngine.Docker);
        string machine = Path.Combine(_home.Root, "as-the-machine-calls-it");
        Directory.CreateSymbolicLink(machine, _home.Root);
        Settings(engine.Address, new() { [_home.Root] = machine });

        var end = await RunAsync("execute", "-t", "container-executor", "--json", "-p", $"pwd; echo seen > by-map; grep -c '{_home.Work} ' /proc/mounts");

        Assert.True(end.ExitCode == 0, end.ToString());
        Assert.Equal($"{_home.Work}\n1", Assert.Single(end.Results).Output().Trim());
        Assert.Equal("seen\n", await File.ReadAllTextAsync(Path.Combine(_home.Work, "by-map"), TestContext.Current.CancellationToken));

        // The same with a map that leads elsewhere: it is the map by which directories are found. A daemon that runs keeps its settings.
        ProductDaemon.End(_home);
        Settings(engine.Address, new() { [_home.Root] = Path.Combine(_home.Root, "nothing-here") });
        var lost = await RunAsync("execute", "-t", "container-executor", "--json", "-p", "true");
        Assert.NotEqual("completed", Assert.Single(lost.Results).Status());
    }

    private async Task<TestEngine> UseAsync(string kind)
    {
        var engine = await engines.GetAsync(kind);
        Settings(engine.Address);
        return engine;
    }

    private void Settings(string address, JsonObject? pathMap = null)
    {
        _home.WriteHostSettings(new()
        {
            ["containers"] = new JsonObject { ["engine"] = address, ["image"] = EngineFixture.Busybox, ["path_map"] = pathMap ?? [] },
            ["limits"] = new JsonObject { ["memory"] = "256M" },
        });
        _home.WriteWorkerTypes(
            new JsonObject { ["name"] = "container-executor", ["runtime"] = "docker" },
            new JsonObject { ["name"] = "plain", ["agent"] = "command", ["command_template"] = "cat", ["container"] = new JsonObject() },
            new JsonObject { ["name"] = "simulated" });
    }

    private async Task<string> RefusedAsync(params string[] arguments)
    {
        var end = await RunAsync(["spawn", .. arguments]);
        Assert.Equal(2, end.ExitCode);
        return end.Stderr;
    }

    private async Task<string> DoneAsync(params string[] arguments)
    {
        var end = await RunAsync(arguments);
        Assert.True(end.ExitCode == 0, end.ToString());
        return end.Stdout;
    }

    private Task<CommandEnd> RunAsync(params string[] arguments) => ProductInside.RunAsync(_home, Limit, ["workers", .. arguments]);

    private Task<CommandEnd> DoctorAsync() => ProductInside.RunAsync(_home, Limit, "doctor");
}
