namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>A write in line: what it does, and how its caller learns of the end.</summary>
/// <param name="takes">It takes on something new, and so is refused first when the disk is full. The others bring to an end what was taken on.</param>
internal abstract class Write(bool takes)
{
    public bool Takes { get; } = takes;

    /// <summary>May be called again on another transaction where the first one was rolled back.</summary>
    public abstract void Run(Commit commit);

    /// <summary>It is durable.</summary>
    public abstract void Succeed();

    /// <summary>Nothing of it is in the store.</summary>
    public abstract void Fail(Exception reason);
}

/// <inheritdoc/>
internal sealed class Write<T>(bool takes, Func<Commit, T> work) : Write(takes)
{
    // A caller's continuation must not run on the writer's thread.
    private readonly TaskCompletionSource<T> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private T _value = default!;

    public Task<T> End => _end.Task;

    public override void Run(Commit commit) => _value = work(commit);

    public override void Succeed() => _end.SetResult(_value);

    public override void Fail(Exception reason) => _end.SetException(reason);
}
