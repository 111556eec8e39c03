using McpWorkers.Engine.Execution.Output;

namespace McpWorkers.Engine.Execution.Observing;

/// <summary>Reads standard error while a run goes on, for a reader that wants it: a little in each look, and not without end.</summary>
internal sealed class ErrorFollower : IDisposable
{
    private const int LineBytesMax = 16 * 1024;
    private const long BytesInLook = 64 * 1024;

    /// <summary>Who writes more than this writes it for nobody.</summary>
    private const long BytesMax = 16 * 1024 * 1024;

    private readonly OutputFollower? _errors;
    private readonly LineHandler _take;

    public ErrorFollower(IRunReader reader, string path)
    {
        _take = reader.TakeError;
        try
        {
            _errors = reader.WantsErrors ? new OutputFollower(path, LineBytesMax) : null;
        }
        catch (FileNotFoundException)
        {
            // What the command has taken away says nothing; its output is what counts.
        }
    }

    public void Look() => _errors?.ReadOn(_take, Math.Min(BytesInLook, BytesMax - _errors.Position));

    /// <summary>All that is left.</summary>
    public void Finish()
    {
        if (_errors is null)
        {
            return;
        }

        while (_errors.Position < BytesMax && _errors.ReadOn(_take, BytesInLook) > 0)
        {
        }

        _errors.Finish(_take);
    }

    public void Dispose() => _errors?.Dispose();
}
