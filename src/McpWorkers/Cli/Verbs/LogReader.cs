using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;

namespace McpWorkers.Cli.Verbs;

/// <summary>Reads the log of a run, or of a worker's runs one after the other, and goes on at the same place after a daemon was lost.</summary>
/// <param name="subject">A worker's or a run's id.</param>
/// <param name="last">Only so many entries of what is there already; null for all.</param>
/// <param name="raw">Shows runs as they were written instead; null for entries.</param>
internal sealed class LogReader(WorkerClient client, LogPrinter printer, TimeProvider time, string subject, int? last, RawLogReader? raw = null)
{
    private const int PageMax = 1000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public async Task<int> RunAsync(bool follow, CancellationToken cancellationToken)
    {
        bool isRun = subject.StartsWith("run_", StringComparison.Ordinal);
        string? run = isRun ? subject : await RunOfWorkerAsync(cancellationToken);
        if (run is null && !follow)
        {
            throw new RefusedException(RefusalCode.NotFound, $"Worker '{subject}' has run nothing yet. '--follow' waits for its first run.");
        }

        bool first = true;
        while (true)
        {
            if (run is not null)
            {
                if (!first)
                {
                    await printer.NextRunAsync(run);
                }

                await ShowAsync(run, first ? last : null, follow, cancellationToken);
                if (!follow || isRun)
                {
                    return ExitCodes.Success;
                }
            }

            first = false;
            run = await NextRunAsync(run, cancellationToken);
            if (run is null)
            {
                return ExitCodes.Success;
            }
        }
    }

    /// <summary>What was there before the command is cut to the last entries; what comes later is shown whole, until the run is over.</summary>
    private async Task ShowAsync(string run, int? entriesMax, bool follow, CancellationToken cancellationToken)
    {
        if (raw is not null)
        {
            await raw.ShowAsync(run, follow, cancellationToken);
            return;
        }

        long cursor = await ShowExistingAsync(run, entriesMax, cancellationToken);
        if (follow)
        {
            await FollowAsync(run, cursor, cancellationToken);
        }
    }

    /// <summary>Returns where what comes next begins.</summary>
    private async Task<long> ShowExistingAsync(string run, int? entriesMax, CancellationToken cancellationToken)
    {
        var kept = new Queue<RunLogEntry>();
        long cursor = 0;
        while (true)
        {
            var page = await client.ReadLogAsync(run, cursor, PageMax, cancellationToken);
            foreach (var entry in page.Lines.Where(printer.Shows))
            {
                kept.Enqueue(entry);
                if (kept.Count > entriesMax)
                {
                    kept.Dequeue();
                }
            }

            if (entriesMax is null)
            {
                await FlushAsync(run, kept);
            }

            bool atEnd = page.IsOver || page.NextCursor == cursor;
            cursor = page.NextCursor;
            if (atEnd)
            {
                await FlushAsync(run, kept);
                return cursor;
            }
        }
    }

    private async Task FlushAsync(string run, Queue<RunLogEntry> entries)
    {
        while (entries.TryDequeue(out var entry))
        {
            await printer.PrintAsync(run, entry);
        }
    }

    /// <summary>Shows what is written until the run is over.</summary>
    private async Task FollowAsync(string run, long cursor, CancellationToken cancellationToken)
    {
        while (true)
        {
            var page = await client.ReadLogAsync(run, cursor, PageMax, cancellationToken);
            foreach (var entry in page.Lines.Where(printer.Shows))
            {
                await printer.PrintAsync(run, entry);
            }

            if (page.IsOver)
            {
                return;
            }

            if (page.NextCursor == cursor)
            {
                await Task.Delay(Pause, time, cancellationToken);
            }

            cursor = page.NextCursor;
        }
    }

    /// <summary>Waits for another run of the worker; null once it is closed.</summary>
    private async Task<string?> NextRunAsync(string? before, CancellationToken cancellationToken)
    {
        while (true)
        {
            var worker = (await client.StatesAsync(cancellationToken)).FirstOrDefault(state => state.WorkerId == subject);
            if (worker is null || (worker.RunId is not null && worker.RunId != before))
            {
                return worker?.RunId;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private async Task<string?> RunOfWorkerAsync(CancellationToken cancellationToken)
    {
        // The list does not say what is wrong with an id that is not in it.
        await client.MonitorAsync([subject], TimeSpan.FromSeconds(0.1), cancellationToken);
        return (await client.StatesAsync(cancellationToken)).FirstOrDefault(state => state.WorkerId == subject)?.RunId;
    }
}
