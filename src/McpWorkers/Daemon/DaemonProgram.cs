using System.Runtime.InteropServices;
using McpWorkers.Daemon.Telemetry;
using McpWorkers.Engine.Model;

namespace McpWorkers.Daemon;

/// <summary>A process that is the daemon, from its start to its end.</summary>
internal static class DaemonProgram
{
    /// <summary>Runs until the daemon is asked to leave, by a client or a signal. Its runs go on.</summary>
    /// <param name="report">Where to say why it could not start; null where standard error is read.</param>
    /// <param name="ready">Called once clients can come.</param>
    /// <exception cref="RefusedException">It could not start.</exception>
    public static async Task RunAsync(DaemonOptions options, string? report, Action<DaemonHost> ready, CancellationToken cancellationToken)
    {
        // Before the engine is opened, and ended after it: what happens in between is to be told too.
        var (told, telemetry) = DaemonTelemetry.Open(options, Environment.GetEnvironmentVariable);
        using var export = telemetry;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var signals = new DaemonSignals(stop.Cancel, hangUpEnds: options.IsForeground);
        try
        {
            await using var host = await DaemonHost.StartAsync(told, stop.Token);
            ready(host);
            await using (stop.Token.Register(() => host.AskToLeave(LeaveReason.Stopped)))
            {
                await host.Asked;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to end before it had begun.
        }
        catch (Exception e) when (report is not null)
        {
            StartReport.Write(report, e is RefusedException ? e.Message : $"this is a bug, please report it: {e.GetType().Name}: {e.Message}");
            throw;
        }
    }
}

/// <summary>To end and to be interrupted both mean: leave in order, and let the runs go on.</summary>
internal sealed class DaemonSignals : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations;

    /// <param name="hangUpEnds">In the foreground it ends with its terminal; in the background no terminal concerns it.</param>
    public DaemonSignals(Action asked, bool hangUpEnds) => _registrations =
    [
        On(PosixSignal.SIGTERM, asked),
        On(PosixSignal.SIGINT, asked),
        On(PosixSignal.SIGHUP, hangUpEnds ? asked : () => { }),
    ];

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private static PosixSignalRegistration On(PosixSignal signal, Action asked) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        asked();
    });
}
