using McpWorkers.Mcp.Client;

namespace McpWorkers.Cli.Watch;

/// <summary>Reads on in a run's log from where it was.</summary>
internal sealed class RunTail(WorkerClient client, string workerId, string runId)
{
    private const int PageMax = 500;

    private long _cursor;

    public string WorkerId => workerId;

    public string RunId => runId;

    /// <summary>Nothing comes any more.</summary>
    public bool IsOver { get; private set; }

    /// <summary>What came since the last time; at most a page.</summary>
    public async Task<IReadOnlyList<RunLogEntry>> ReadAsync(CancellationToken cancellationToken)
    {
        var page = await client.ReadLogAsync(runId, _cursor, PageMax, cancellationToken);
        _cursor = page.NextCursor;
        IsOver = page.IsOver;
        return page.Lines;
    }
}
