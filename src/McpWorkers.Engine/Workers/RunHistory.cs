using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Hosting;

namespace McpWorkers.Engine.Workers;

/// <summary>
/// What was: runs in few words, and sums over them, for the owner of the workers and not for agents inside a run; and facts, of which such an agent
/// sees those of the workers and tasks below it that are there.
/// </summary>
public sealed class RunHistory
{
    private readonly WorkerHost _host;
    private readonly Caller _caller;

    internal RunHistory(WorkerHost host, Caller caller)
    {
        _host = host;
        _caller = caller;
    }

    /// <summary>Runs, the one that was accepted last first; those that go on among them.</summary>
    /// <exception cref="RefusedException">The limit is out of range, or an agent asks.</exception>
    public Task<PastRuns> RunsAsync(RunQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        CheckLimit(query.Limit, RunQuery.LimitMax);
        return AskAsync(() => _host.Store.History.RunsAsync(query, cancellationToken));
    }

    /// <exception cref="RefusedException">Unknown run, or an agent asks.</exception>
    public async Task<PastRun> RunAsync(string runId, CancellationToken cancellationToken = default) =>
        await AskAsync(() => _host.Store.History.FindRunAsync(runId, cancellationToken))
        ?? throw new RefusedException(RefusalCode.NotFound, $"Run '{runId}' is not known, or is kept no more (setting retention.days). Those that are: mcpworkers runs list");

    /// <summary>A row for each status, type or day (UTC, of acceptance).</summary>
    /// <exception cref="RefusedException">An agent asks.</exception>
    public Task<IReadOnlyList<RunTotal>> TotalsAsync(TotalsBy by, DateTimeOffset? since, DateTimeOffset? until, CancellationToken cancellationToken = default) =>
        AskAsync(() => _host.Store.History.TotalsAsync(by, since, until, cancellationToken));

    /// <summary>What was spent since local midnight, in all and by pool, and what bounds it.</summary>
    /// <exception cref="RefusedException">An agent asks.</exception>
    public Task<DaySpending> SpentTodayAsync(CancellationToken cancellationToken = default) => AskAsync(() => _host.Budgets.TodayAsync(
        _host.Settings.WorkerTypes.Where(type => !type.PoolBudget.IsNone).ToDictionary(type => type.Name, type => type.PoolBudget), cancellationToken));

    /// <summary>Stored facts that match, in the order of their numbers. Waits for one where there is none after a cursor.</summary>
    /// <param name="wait">0–60 s; only with <see cref="FactQuery.After"/>.</param>
    /// <exception cref="RefusedException">The limit or the waiting is out of range.</exception>
    public async Task<PastFacts> FactsAsync(FactQuery query, TimeSpan wait, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        CheckLimit(query.Limit, FactQuery.LimitMax);
        query = await NamedAsync(query, cancellationToken);
        if (query.After is null || wait == TimeSpan.Zero)
        {
            return await FactsAsync(query, cancellationToken);
        }

        if (wait < TimeSpan.Zero || wait > TimeSpan.FromSeconds(60))
        {
            throw Arguments.Invalid($"The waiting is {wait.TotalSeconds:0} s; allowed are 0 to 60 s.");
        }

        // One that waits is enough: what it is about is asked of the store, which knows the type too.
        using var news = _host.Events.Subscribe(1, fact => fact.Kind != WorkerEventKind.Activity);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = _host.Time.CreateTimer(_ => limit.CancelAsync(), null, wait, Timeout.InfiniteTimeSpan);
        while (true)
        {
            var found = await FactsAsync(query, cancellationToken);
            if (found.Facts.Count > 0 || found.Gap)
            {
                return found;
            }

            query = query with { After = found.Last };
            try
            {
                await news.Reader.ReadAsync(limit.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return found;
            }
        }
    }

    /// <summary>A task is named by its id or its key, as everywhere.</summary>
    private async Task<FactQuery> NamedAsync(FactQuery query, CancellationToken cancellationToken)
    {
        if (query.TaskId is null)
        {
            return query;
        }

        if (query.WorkerId is not null)
        {
            throw Arguments.Invalid("An event is about a worker or about a task: ask for one of them.");
        }

        var task = await WorkerHost.ReadAsync(() => _host.Store.Tasks.FindByKeyAsync(query.TaskId, cancellationToken));
        return task is null ? query : query with { TaskId = task.TaskId };
    }

    private static void CheckLimit(int limit, int max)
    {
        if (limit < 1 || limit > max)
        {
            throw Arguments.Invalid($"limit is {limit}; allowed are 1 to {max}.");
        }
    }

    private async Task<PastFacts> FactsAsync(FactQuery query, CancellationToken cancellationToken)
    {
        var page = await WorkerHost.ReadAsync(() => _host.Store.History.FactsAsync(query, cancellationToken));
        return _caller.ParentRun is null
            ? page
            : page with { Facts = [.. page.Facts.Where(past => _host.Sees(past.Fact, _caller))] };
    }

    private Task<T> AskAsync<T>(Func<Task<T>> question) => _caller.ParentRun is null
        ? WorkerHost.ReadAsync(question)
        : throw new RefusedException(RefusalCode.Forbidden, "The history is not for agents inside a run: only the user may see it.");
}
