using McpWorkers.Engine.Events;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Cli.Execute;

/// <summary>Shows on standard error what the workers are doing.</summary>
internal interface IProgressView
{
    /// <summary>Shows until the work has finished, its end included.</summary>
    /// <param name="workers">The workers of this command, as they are at the moment of the call.</param>
    Task ShowAsync(Func<IReadOnlyList<WorkerSnapshot>> workers, EventFeed.Subscription changes, Task finished);

    /// <summary>Tells something without spoiling the view.</summary>
    void Say(string message);
}
