using McpWorkers.Engine.Execution.Processes;
using Microsoft.Win32.SafeHandles;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>
/// What comes by the engine's own stream. Mostly nothing: the words of a wrapper that could not begin. Where the engine does not see our files
/// it is the run's output, and goes into the files of its run directory.
/// </summary>
internal sealed class OutputStream(RunFiles files) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SaidText _said = new();
    private SafeFileHandle? _stdout;
    private SafeFileHandle? _stderr;

    public string Said => _said.Text;

    /// <summary>From here on it is the run's output.</summary>
    public void BeginFiles()
    {
        lock (_lock)
        {
            _stdout = PlainFile.TryOpen(files.Stdout, append: true);
            _stderr = PlainFile.TryOpen(files.Stderr, append: true);
        }
    }

    public void Take(bool isError, ReadOnlyMemory<byte> bytes)
    {
        lock (_lock)
        {
            if ((isError ? _stderr : _stdout) is { IsClosed: false } file)
            {
                RandomAccess.Write(file, bytes.Span, RandomAccess.GetLength(file));
            }
            else
            {
                _said.Take(isError, bytes);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _stdout?.Dispose();
            _stderr?.Dispose();
        }
    }
}
