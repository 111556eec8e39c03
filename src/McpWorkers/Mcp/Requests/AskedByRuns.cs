using System.Threading.Channels;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Mcp.Requests;

/// <summary>What the runs of one call ask, and those that go on in their place with an answer. For one reader.</summary>
internal sealed class AskedByRuns : IDisposable
{
    private readonly RequestManager _requests;
    private readonly HashSet<string> _runs;
    private readonly HashSet<string> _workers;
    private readonly HashSet<string> _followed = [];
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly IDisposable _listening;

    public AskedByRuns(RequestManager requests, IEnumerable<RunTicket> runs)
    {
        _requests = requests;
        var tickets = runs.ToList();
        _runs = [.. tickets.Select(run => run.RunId)];
        _workers = [.. tickets.Select(run => run.WorkerId)];
        _listening = requests.Listen(request =>
        {
            if (request.WorkerId is { } worker && _workers.Contains(worker))
            {
                _news.Writer.TryWrite(true);
            }
        });
    }

    /// <summary>What waits for an answer, in order of asking.</summary>
    public async Task<IReadOnlyList<WorkerRequest>> PendingAsync(CancellationToken cancellationToken)
    {
        var pending = _requests.Pending.Where(request => request.WorkerId is { } worker && _workers.Contains(worker)).ToList();
        if (!pending.TrueForAll(IsOurs))
        {
            // Perhaps of a run that goes on with an answer; perhaps of somebody else's at the same worker.
            await FollowAsync(cancellationToken);
        }

        return [.. pending.Where(IsOurs)];
    }

    /// <summary>Waits until one of the workers has asked something, or was answered.</summary>
    public async Task NewsAsync(CancellationToken cancellationToken) => await _news.Reader.ReadAsync(cancellationToken);

    /// <summary>Waits until something is asked that is not among these.</summary>
    public async Task<IReadOnlyList<WorkerRequest>> UntilAskedAsync(IReadOnlyCollection<string> but, CancellationToken cancellationToken)
    {
        while (true)
        {
            var asked = (await PendingAsync(cancellationToken)).Where(request => ClientForm.CanShow(request) && !but.Contains(request.RequestId)).ToList();
            if (asked.Count > 0)
            {
                return asked;
            }

            await NewsAsync(cancellationToken);
        }
    }

    public void Dispose() => _listening.Dispose();

    private bool IsOurs(WorkerRequest request) => request.RunId is { } run && _runs.Contains(run);

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        var last = new Queue<string>(_runs.Where(run => !_followed.Contains(run)));
        while (last.TryDequeue(out string? run))
        {
            var asked = await _requests.ListAsync(new RequestQuery { RunId = run, Limit = RequestQuery.LimitMax }, cancellationToken);
            foreach (string next in asked.Requests.Select(request => request.ContinuedBy).OfType<string>().Where(_runs.Add))
            {
                _followed.Add(run);
                last.Enqueue(next);
            }
        }
    }
}
