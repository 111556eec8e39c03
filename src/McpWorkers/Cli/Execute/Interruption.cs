namespace McpWorkers.Cli.Execute;

/// <summary>Ctrl-C and its like, counted: the first asks for an orderly stop, the second for a stop at once.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _second = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IDisposable _registration;

    public Interruption(CliEnvironment environment) => _registration = environment.OnInterrupt(() =>
    {
        if (!_first.TrySetResult())
        {
            _second.TrySetResult();
        }
    });

    public Task First => _first.Task;

    public Task Second => _second.Task;

    public bool Happened => _first.Task.IsCompleted;

    public void Dispose() => _registration.Dispose();
}
