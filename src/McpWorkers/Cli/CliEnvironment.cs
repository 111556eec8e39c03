using McpWorkers.Cli.Daemon;
using McpWorkers.Engine.Settings;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Workers.Doctor;

namespace McpWorkers.Cli;

/// <summary>Everything outside that a command touches: streams, terminal, signals, and the engine behind it.</summary>
internal sealed record CliEnvironment
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public required TextReader In { get; init; }

    public bool InIsRedirected { get; init; }

    public bool OutIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>In characters; null: the terminal is asked each time, since it may be resized.</summary>
    public int? Width { get; init; }

    /// <summary>In lines; null: the terminal is asked each time.</summary>
    public int? Height { get; init; }

    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    public required string WorkingDirectory { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Calls back at every Ctrl-C or request to terminate, in place of the process's end, until disposed.</summary>
    public Func<Action, IDisposable> OnInterrupt { get; init; } = static _ => new Nothing();

    /// <exception cref="Engine.Model.RefusedException">The settings are wrong.</exception>
    public required Func<EngineRequest, CancellationToken, Task<WorkerManager>> Engine { get; init; }

    /// <summary>
    /// The way to the workers: what it gives opens a connection that speaks MCP each time it is called, and starts the daemon where none runs.
    /// Opening may be refused (<see cref="Engine.Model.RefusedException"/>): wrong settings, a data directory that cannot be used.
    /// </summary>
    public required Func<EngineRequest, Func<CancellationToken, Task<Stream>>> Door { get; init; }

    /// <exception cref="Engine.Model.RefusedException">The settings are wrong.</exception>
    public required Func<EngineRequest, LoadedSettings> Settings { get; init; }

    /// <exception cref="Engine.Model.RefusedException">The settings are wrong.</exception>
    public required Func<EngineRequest, CancellationToken, Task<DoctorReport>> Doctor { get; init; }

    /// <summary>Makes the store anew out of the run directories.</summary>
    /// <exception cref="Engine.Model.RefusedException">A daemon has the data directory, or the store cannot be written.</exception>
    public Func<EngineRequest, Task<StoreRebuilt>> Repair { get; init; } = static _ => throw new InvalidOperationException("Nothing to repair here.");

    /// <summary>The MCP server over this process's standard input and output, with the tool sets chosen (null: the settings' own); returns the exit code.</summary>
    public required Func<WorkerManager, IReadOnlyList<string>?, CancellationToken, Task<int>> Mcp { get; init; }

    /// <summary>Standard output for bytes as they are; whoever gets it disposes it.</summary>
    public required Func<Stream> OutBytes { get; init; }

    /// <summary>Calls back for each key that is pressed at the terminal, until disposed; null where nobody can press one.</summary>
    public Func<Action<ConsoleKeyInfo>, IDisposable>? Keys { get; init; }

    /// <summary>Runs a program that a person uses at this terminal (words, directory); gives its exit code.</summary>
    public Func<IReadOnlyList<string>, string, CancellationToken, Task<int>> AtTerminal { get; init; } =
        static (_, _, _) => throw new InvalidOperationException("No terminal here.");

    /// <summary>The way to the daemon, and what it is made of.</summary>
    public DaemonSetup Daemon { get; init; } = DaemonSetup.None;

    /// <summary>Colours are wanted by nobody who sets NO_COLOR (no-color.org) or has a terminal without them.</summary>
    public bool Colours => (!Variables.TryGetValue("NO_COLOR", out var no) || no.Length == 0) && !IsDumb;

    /// <summary>A live view needs a terminal that can move its cursor.</summary>
    public bool CanRedraw => ErrorIsTerminal && !IsDumb;

    /// <summary>Likewise on standard output, over the whole screen.</summary>
    public bool CanTakeScreen => OutIsTerminal && !IsDumb;

    /// <summary>How long a line on standard output may be, in characters; null where it is no terminal.</summary>
    public int? LineWidth => OutIsTerminal ? Width ?? Console.WindowWidth : null;

    private bool IsDumb => Variables.GetValueOrDefault("TERM") == "dumb";

    private sealed class Nothing : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
