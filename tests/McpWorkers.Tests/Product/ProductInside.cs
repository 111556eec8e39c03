using System.Text;
using McpWorkers.Cli;
using McpWorkers.Cli.Daemon;
using McpWorkers.Cli.Watch;
using McpWorkers.Daemon.Client;
using McpWorkers.Engine.Workers.Composition;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>
/// Commands of the product that run inside the test process, against a real daemon: the same command line but for its start, which costs a
/// second of processor time each. What is about the process itself (signals, standard streams, crashes) goes by <see cref="ProductCommand"/>.
/// </summary>
internal static class ProductInside
{
    /// <summary>Runs a command to its end. Its daemon is started where none runs.</summary>
    public static async Task<CommandEnd> RunAsync(ProductHome home, TimeSpan limit, params IEnumerable<string> arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var bytes = new MemoryStream();
        var environment = EnvironmentOf(home) with { Out = TextWriter.Synchronized(output), Error = TextWriter.Synchronized(error), OutBytes = () => bytes };
        string[] words = [.. arguments, "--config", home.Config];
        try
        {
            int exitCode = await CliApp.RunAsync(words, environment).WaitAsync(limit, TestContext.Current.CancellationToken);
            return new(exitCode, output + Encoding.UTF8.GetString(bytes.ToArray()), error.ToString());
        }
        catch (TimeoutException e)
        {
            throw new Xunit.Sdk.XunitException($"'mcpworkers {string.Join(' ', words)}' did not end within {limit.TotalSeconds:0} s.", e);
        }
    }

    private static CliEnvironment EnvironmentOf(ProductHome home) => new()
    {
        Out = TextWriter.Null,
        Error = TextWriter.Null,
        In = TextReader.Null,
        InIsRedirected = true,
        Variables = home.Environment,
        WorkingDirectory = home.Work,
        Engine = (_, _) => throw new InvalidOperationException("A host of its own is a process of its own."),
        Door = request => DoorTo(home, request),
        Settings = request => FactoryOf(home, request).Load(),
        Doctor = (request, cancellationToken) => FactoryOf(home, request).CreateDoctor().ExamineAsync(cancellationToken),
        Mcp = (_, _, _) => throw new InvalidOperationException("A server over standard streams is a process of its own."),
        OutBytes = () => Stream.Null,
        Daemon = DaemonSetup.None with { Door = (request, kind) => RequestOf(home, request, kind) },
    };

    private static Func<CancellationToken, Task<Stream>> DoorTo(ProductHome home, EngineRequest request)
    {
        bool isFirst = true;
        return async cancellationToken =>
        {
            var open = await DaemonDoor.OpenAsync(RequestOf(home, request, "cli") with { TakesAnySettings = !isFirst }, cancellationToken);
            isFirst = false;
            return open.Stream;
        };
    }

    private static DoorRequest RequestOf(ProductHome home, EngineRequest request, string kind) => new()
    {
        DataDirectory = home.Data,
        ConfigPath = home.Config,
        Kind = kind,
        Program = [ProductPaths.Executable],
        WorkingDirectory = home.Work,
        Environment = DebugMode.Named(home.Environment, request.DebugClient),
        Patience = TimeSpan.FromSeconds(60),
    };

    private static EngineFactory FactoryOf(ProductHome home, EngineRequest request) => new(
        new EngineOptions { ConfigPath = request.ConfigPath, DataDirectory = request.DataDirectory ?? home.Data },
        TimeProvider.System);
}
