using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Execution.Processes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.RealAgents;

/// <summary>claude and qwen themselves ask, are answered, are interrupted and keep a budget, by what their adapters say.</summary>
[Collection(RealAgentsOverMcp.Name)]
public sealed class PermissionTests(ModelServer models) : RunScene
{
    private const int Limit = 120_000;
    private const string Touch = "[[bash:touch made.txt; echo made-it]] go";

    [Theory(Timeout = Limit)]
    [InlineData("allow", true)]
    [InlineData("deny", false)]
    public async Task Claude_asks_by_its_tool_and_does_what_it_is_told(string verdict, bool isMade)
    {
        var (talk, summary, _) = await RunAsync("claude", Touch, request => request with
        {
            LiveUsage = true,
            McpServers =
            [
                new(AgentRequest.OwnServer, ProductPaths.Node, [ProductPaths.Script("mcp-approve/server.mjs")], new Dictionary<string, string> { ["VERDICT"] = verdict }),
            ],
        });

        Assert.IsType<AgentVerdict.Good>(summary.Verdict);
        Assert.Equal(isMade, File.Exists(Path.Combine(Root, "made.txt")));
        Assert.Equal(isMade ? [] : ["Bash"], summary.Denials);
        Assert.Contains(isMade ? "made-it" : "the tests do not allow Bash", summary.Text, StringComparison.Ordinal);

        var before = talk.Events.TakeWhile(said => said is not AgentEvent.FinalResult).OfType<AgentEvent.UsageReported>().ToList();
        Assert.Equal(summary.Usage!.Total, before[^1].Usage.Total);
        Assert.True(before.Count >= 4 && before[0].Usage.Total < summary.Usage.Total, string.Join(' ', before.Select(told => told.Usage.Total)));
        Assert.Equal([1, 2], talk.Events.OfType<AgentEvent.TurnStarted>().Select(turn => turn.Turn));
    }

    [Theory(Timeout = Limit)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Qwen_asks_by_its_output_and_does_what_its_input_says(bool isAllowed)
    {
        var control = AgentCatalog.Default()["qwen"].Control!;
        var (talk, summary, _) = await RunAsync(
            "qwen", Touch, answer: asked => control.Answer(asked, isAllowed, "the tests do not allow \"it\""));

        Assert.IsType<AgentVerdict.Good>(summary.Verdict);
        Assert.Contains("touch made.txt", Assert.Single(talk.Events.OfType<AgentEvent.PermissionAsked>()).Input, StringComparison.Ordinal);
        Assert.Equal(isAllowed, File.Exists(Path.Combine(Root, "made.txt")));
        Assert.Equal(isAllowed ? [] : ["run_shell_command"], summary.Denials);
        Assert.Contains(isAllowed ? "made-it" : "the tests do not allow \"it\"", summary.Text, StringComparison.Ordinal);
        Assert.Equal([1, 2], talk.Events.OfType<AgentEvent.TurnStarted>().Select(turn => turn.Turn));
        Assert.True(talk.Events.TakeWhile(said => said is not AgentEvent.FinalResult).OfType<AgentEvent.UsageReported>().Any());
    }

    [Fact(Timeout = Limit)]
    public async Task Qwen_is_interrupted_while_it_asks_and_its_session_goes_on()
    {
        var control = AgentCatalog.Default()["qwen"].Control!;
        var (_, summary, end) = await RunAsync("qwen", Touch, answer: _ => control.Interrupt("stop-1"));

        ExitedWith(0, end);
        Assert.IsType<AgentVerdict.Failed>(summary.Verdict);
        Assert.Empty(summary.Denials);
        Assert.False(File.Exists(Path.Combine(Root, "made.txt")));

        var (_, again, _) = await RunAsync(
            "qwen", "[[text]] go on", request => request with { ResumeSession = summary.SessionId }, answer: asked => control.Answer(asked, false));
        Assert.IsType<AgentVerdict.Good>(again.Verdict);
        Assert.Equal((summary.SessionId, "REPLY to text"), (again.SessionId, again.Text.Trim()));
    }

    [Fact(Timeout = Limit)]
    public async Task Claude_keeps_its_budget_itself()
    {
        var (_, summary, _) = await RunAsync(
            "claude", "[[loop:5:true]] go", request => request with { Permission = Permission.Full, IsRoot = true, BudgetUsd = 0.007m });

        Assert.Equal(FailureKind.Budget, Assert.IsType<AgentVerdict.Failed>(summary.Verdict).Kind);
        Assert.InRange(summary.CostUsd!.Value, 0.007m, 0.02m);
    }

    private async Task<(AgentTalk Talk, AgentSummary Summary, ExecutionEnd End)> RunAsync(
        string name, string prompt, Func<AgentRequest, AgentRequest>? change = null, Func<AgentEvent.PermissionAsked, ReadOnlyMemory<byte>>? answer = null)
    {
        var agent = RealAgent.Of(name);
        Needs.Installed(agent);
        var adapter = AgentCatalog.Default()[name];
        var scene = Script("");
        var request = new AgentRequest
        {
            Type = new() { Name = agent.WorkerType, Agent = name, Command = [] },
            Prompt = prompt,
            NewSession = Guid.NewGuid(),
            Permission = Permission.Ask,
            Executable = agent.Executable,
            RunDirectory = scene.RunDirectory,
            WorkingDirectory = Root,
            Timeout = TimeSpan.FromMinutes(1),
        };
        var plan = adapter.Plan(change?.Invoke(request) ?? request);
        var environment = new Dictionary<string, string>(agent.Variables(models.Url).Concat(plan.Environment).DistinctBy(variable => variable.Key))
        {
            ["PATH"] = $"{Path.GetDirectoryName(ProductPaths.Node)}:{Environment.GetEnvironmentVariable("PATH")}",
            ["HOME"] = Directory.CreateDirectory(Path.Combine(Root, "home")).FullName,
        };

        var reader = adapter.NewReader(SessionTotals.Zero);
        var talk = new AgentTalk(reader, answer ?? (_ => throw new InvalidOperationException("Nothing was to be asked.")));
        var handle = await StartAsync(scene with
        {
            Executable = plan.Executable,
            Arguments = plan.Arguments,
            Environment = environment,
            Files = plan.Files,
            Stop = plan.Stop,
            Input = plan.Control is null ? new LaunchInput.Whole(plan.Stdin) : new LaunchInput.Channel(plan.Stdin),
            Bounds = RunBounds.Default with { WallClock = TimeSpan.FromMinutes(1) },
        });
        talk.Handle = plan.Control is null ? null : handle;
        var end = await handle.ObserveAsync(talk, Cancellation);
        await talk.EndedAsync();
        return (talk, reader.Conclude(new() { ExitCode = (end.Exit as ExitStatus.Code)?.Value, Stopped = end.Stop?.Kind, StderrTail = end.StderrTail }), end);
    }
}
