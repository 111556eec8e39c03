using McpWorkers.Cli;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Doctor;

namespace McpWorkers.Tests.Cli;

/// <summary>Runs the command line in memory. There is no engine: who asks for one gets its request noted and a refusal.</summary>
internal sealed class CliHost
{
    public StringWriter Out { get; } = new();

    public StringWriter Error { get; } = new();

    public List<EngineRequest> Requests { get; } = [];

    public string Input { get; init; } = "";

    public bool InIsRedirected { get; init; }

    public DoctorReport? Report { get; init; }

    public Exception? Fault { get; init; }

    public Task<int> RunAsync(params string[] args) => CliApp.RunAsync(args, new CliEnvironment
    {
        Out = Out,
        Error = Error,
        In = new StringReader(Input),
        InIsRedirected = InIsRedirected,
        WorkingDirectory = "/place",
        Engine = (request, _) =>
        {
            Requests.Add(request);
            throw Fault ?? new RefusedException(RefusalCode.InvalidSettings, "no engine");
        },
        Door = request =>
        {
            Requests.Add(request);
            throw Fault ?? new RefusedException(RefusalCode.InvalidSettings, "no door");
        },
        OutBytes = () => Stream.Null,
        Mcp = (_, _, _) => throw new InvalidOperationException("no MCP"),
        Settings = request =>
        {
            Requests.Add(request);
            throw new RefusedException(RefusalCode.InvalidSettings, "The settings cannot be used:\nx.yaml:1: bad");
        },
        Repair = _ => throw new RefusedException(RefusalCode.AlreadyOwned, "It is held."),
        Doctor = (request, _) =>
        {
            Requests.Add(request);
            return Task.FromResult(Report ?? throw new InvalidOperationException("no report"));
        },
    });
}
