using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage.Memory;

/// <inheritdoc/>
/// <param name="gate">The one of the store: a run and its history change together.</param>
/// <param name="typeOf">The type of a worker; null where it is forgotten.</param>
internal sealed class MemoryHistory(Lock gate, MemoryFacts facts, Func<string, string?> typeOf) : IHistoryStore
{
    private readonly OrderedDictionary<string, PastRun> _runs = [];
    private long _position;

    public void Accept(StoredRun run, StoredWorker? worker) => _runs.Add(
        run.RunId,
        new(++_position, run.RunId, run.WorkerId, worker?.WorkerType, worker?.Agent, WorkerStatus.Starting, run.Accepted, null, null, RunFigures.None));

    public void Launch(string runId, DateTimeOffset at) => _runs[runId] = _runs[runId] with { Status = WorkerStatus.Running, Started = at };

    public void Settle(SettledRun run)
    {
        var known = _runs[run.RunId];
        var figures = RunFigures.Of(run.Result);
        _runs[run.RunId] = known with
        {
            Status = run.Status,
            WorkerType = known.WorkerType ?? figures.WorkerType,
            Agent = known.Agent ?? figures.Agent,
            Started = figures.Started ?? known.Started,
            Finished = figures.Finished ?? run.At,
            Figures = figures,
        };
    }

    public void Remove(string runId) => _runs.Remove(runId);

    public Task<PastRuns> RunsAsync(RunQuery query, CancellationToken cancellationToken)
    {
        HistoryRules.Check(query);
        lock (gate)
        {
            var found = _runs.Values.Reverse()
                .Where(run => (query.Status is null || run.Status == query.Status)
                    && (query.WorkerType is null || run.WorkerType == query.WorkerType)
                    && (query.WorkerId is null || run.WorkerId == query.WorkerId)
                    && IsWithin(run.Accepted, query.Since, query.Until)
                    && !(run.Position >= query.Before))
                .Take(query.Limit + 1)
                .ToList();
            return Task.FromResult(HistoryRules.Page(found, query.Limit));
        }
    }

    public Task<PastRun?> FindRunAsync(string runId, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return Task.FromResult(_runs.GetValueOrDefault(runId));
        }
    }

    public Task<IReadOnlyList<RunTotal>> TotalsAsync(TotalsBy by, DateTimeOffset? since, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return Task.FromResult<IReadOnlyList<RunTotal>>(
            [
                .. _runs.Values.Where(run => IsWithin(run.Accepted, since, until))
                    .GroupBy(run => KeyOf(run, by))
                    .OrderBy(group => group.Key, StringComparer.Ordinal)
                    .Select(group => TotalOf(group.Key, [.. group])),
            ]);
        }
    }

    public Task<PastFacts> FactsAsync(FactQuery query, CancellationToken cancellationToken)
    {
        HistoryRules.Check(query);
        lock (gate)
        {
            var matching = facts.Kept
                .Where(fact => !(fact.Number <= query.After)
                    && (query.Status is null || fact.StatusName == query.Status)
                    && (query.WorkerId is null || fact.WorkerId == query.WorkerId)
                    && (query.TaskId is null || fact.Task?.TaskId == query.TaskId)
                    && IsWithin(fact.Time, query.Since, query.Until))
                .Select(fact => new PastFact(fact, typeOf(fact.WorkerId)))
                .Where(fact => query.WorkerType is null || fact.WorkerType == query.WorkerType);
            List<PastFact> found = [.. query.After is null ? matching.Reverse().Take(query.Limit) : matching.Take(query.Limit)];
            return Task.FromResult(HistoryRules.Facts(found, query, facts.First, facts.Last));
        }
    }

    private static bool IsWithin(DateTimeOffset time, DateTimeOffset? since, DateTimeOffset? until) => !(time < since) && !(time >= until);

    private static string KeyOf(PastRun run, TotalsBy by) => by switch
    {
        TotalsBy.Status => run.Status.ToWire(),
        TotalsBy.Type => run.WorkerType ?? "",
        TotalsBy.Day => HistoryRules.Day(run.Accepted.UtcTicks / TimeSpan.TicksPerDay),
        _ => throw new ArgumentOutOfRangeException(nameof(by), by, null),
    };

    private static RunTotal TotalOf(string key, List<PastRun> runs) => new(
        key,
        runs.Count,
        runs.Count(run => run.Status == WorkerStatus.Completed),
        runs.Count(run => run.Status == WorkerStatus.Failed),
        runs.Count(run => run.Status == WorkerStatus.Timeout),
        runs.Count(run => run.Status == WorkerStatus.Cancelled),
        runs.Sum(run => run.Figures.Tokens?.Input ?? 0),
        runs.Sum(run => run.Figures.Tokens?.Output ?? 0),
        runs.Sum(run => run.Figures.Tokens?.Total ?? 0),
        runs.Sum(run => run.Figures.CostUsd ?? 0),
        runs.Sum(run => run.Figures.Duration?.TotalSeconds ?? 0));
}
