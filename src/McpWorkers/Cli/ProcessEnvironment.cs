using System.Collections;
using System.Text;
using McpWorkers.Cli.Watch;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Settings;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Workers.Doctor;

namespace McpWorkers.Cli;

/// <summary>The environment of this process: its console and signals.</summary>
internal static class ProcessEnvironment
{
    // What leaves here is UTF-8 whatever the locale says: JSON is nothing else.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <param name="engine">Makes the engine.</param>
    /// <param name="door">The way to the workers.</param>
    /// <param name="mcp">Runs the MCP server over standard input and output.</param>
    /// <param name="settings">Loads the settings.</param>
    /// <param name="doctor">Examines this machine.</param>
    public static CliEnvironment Of(
        Func<EngineRequest, CancellationToken, Task<WorkerManager>> engine,
        Func<EngineRequest, Func<CancellationToken, Task<Stream>>> door,
        Func<WorkerManager, IReadOnlyList<string>?, CancellationToken, Task<int>> mcp,
        Func<EngineRequest, LoadedSettings> settings,
        Func<EngineRequest, CancellationToken, Task<DoctorReport>> doctor) => new()
        {
            // A reader that went away ('| head') is no fault: the console's streams drop what is written after it.
            Out = new StreamWriter(Console.OpenStandardOutput(), Utf8) { AutoFlush = true },
            Error = TextWriter.Synchronized(new StreamWriter(new ToleratedStream(Console.OpenStandardError()), Utf8) { AutoFlush = true }),
            In = new StreamReader(Console.OpenStandardInput(), Utf8),
            InIsRedirected = Console.IsInputRedirected,
            OutIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            Variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(v => (string)v.Key, v => (string)v.Value!),
            WorkingDirectory = Environment.CurrentDirectory,
            OutBytes = Console.OpenStandardOutput,
            AtTerminal = TerminalCommand.RunAsync,
            Keys = Console.IsInputRedirected ? null : KeyReader.Listen,
            OnInterrupt = static asked => new ProcessSignals(asked),
            Engine = engine,
            Door = door,
            Mcp = mcp,
            Settings = settings,
            Doctor = doctor,
        };
}
