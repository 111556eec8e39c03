namespace McpWorkers.Cli.Execute;

/// <summary>Shows on standard error what the workers are doing.</summary>
internal interface IProgressView
{
    /// <summary>Shows until the work has finished, its end included.</summary>
    Task ShowAsync(WorkerWatch watch, Task finished);

    /// <summary>Tells something without spoiling the view.</summary>
    void Say(string message);
}
