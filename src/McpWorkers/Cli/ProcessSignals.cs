using System.Runtime.InteropServices;

namespace McpWorkers.Cli;

/// <summary>Hands the signals that ask this process to end to whoever is in charge of its runs.</summary>
internal sealed class ProcessSignals : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations;

    public ProcessSignals(Action asked) => _registrations =
    [
        .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            asked();
        })),
    ];

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());
}
