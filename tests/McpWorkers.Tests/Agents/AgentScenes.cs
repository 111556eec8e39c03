using System.Text;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Agents;

/// <summary>Requests and readings for the tests of adapters.</summary>
internal static class AgentScenes
{
    public const string Prompt = "Say 'hello' to --everyone";

    public static readonly Guid Session = Guid.Parse("11111111-2222-3333-4444-555555555555");

    public static readonly McpServerSpec Echo = new(
        "echo", "/opt/echo server", ["--name", "a \"quoted\" \\ one"], new Dictionary<string, string> { ["ECHO_KEY"] = "s3cret" });

    public static AgentRequest Request(Permission permission = Permission.Edit, params McpServerSpec[] servers) => new()
    {
        Type = new WorkerType { Name = "terminal-x", Agent = "x" },
        Prompt = Prompt,
        NewSession = Session,
        Permission = permission,
        McpServers = servers,
        Executable = "/opt/bin/agent",
        RunDirectory = "/data/run_1",
        WorkingDirectory = "/place",
        Timeout = TimeSpan.FromMinutes(5),
    };

    /// <summary>What holds for every agent's launch: the prompt comes by standard input and nothing secret stands in the arguments.</summary>
    public static string CheckedArguments(AgentLaunch launch)
    {
        string arguments = string.Join(' ', launch.Arguments);
        Assert.Equal(Prompt, Encoding.UTF8.GetString(launch.Stdin.Span));
        Assert.DoesNotContain(launch.Arguments, argument => argument.Contains("hello", StringComparison.Ordinal));
        Assert.DoesNotContain("s3cret", arguments, StringComparison.Ordinal);
        return arguments;
    }

    public static string Content(AgentLaunch launch, string file) =>
        Encoding.UTF8.GetString(launch.Files.Single(one => one.Name == file).Content.Span);

    public static AgentReader Feed(IAgentAdapter adapter, params string[] lines) => Feed(adapter, SessionTotals.Zero, lines);

    public static AgentReader Feed(IAgentAdapter adapter, SessionTotals before, params string[] lines)
    {
        var reader = adapter.NewReader(before);
        foreach (string line in lines)
        {
            reader.Read(Encoding.UTF8.GetBytes(line));
        }

        return reader;
    }

    public static AgentSummary Ended(this AgentReader reader, int exitCode = 0, string stderr = "", StopKind? stopped = null) =>
        reader.Conclude(new AgentEnding { ExitCode = exitCode, StderrTail = stderr, Stopped = stopped });

    public static FailureKind Failure(this AgentSummary summary) => Assert.IsType<AgentVerdict.Failed>(summary.Verdict).Kind;
}
