using System.Threading.Channels;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;

namespace McpWorkers.Cli.Watch;

/// <summary>The live table of <c>workers monitor</c>: looks at the workers, takes keys, and draws at most four times a second.</summary>
/// <param name="ids">Null for all.</param>
/// <param name="interval">Between two looks.</param>
internal sealed class LiveMonitor(CliEnvironment environment, WorkerClient client, IReadOnlyList<string>? ids, TimeSpan interval)
{
    private static readonly TimeSpan BetweenDrawings = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan BetweenLogs = TimeSpan.FromMilliseconds(250);

    private readonly MonitorModel _model = new(environment.Colours);
    private readonly Channel<Action> _happened = Channel.CreateUnbounded<Action>(new() { SingleReader = true });
    private readonly List<Task> _errands = [];
    private IReadOnlyList<WorkerState> _workers = [];
    private bool _isOver;
    private CancellationTokenSource? _following;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        // Refuses ids that are not known, before the screen is taken.
        await client.MonitorAsync(ids, TimeSpan.FromSeconds(0.1), cancellationToken);
        client.Tell = message => Happen(() => _model.Message = message);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var keys = environment.Keys?.Invoke(key => Happen(() => Take(_model.Press(key), ending.Token)));
        using var screen = new TerminalScreen(environment.Out);
        var looking = LookAsync(ending.Token);
        try
        {
            await DrawAsync(screen, looking, cancellationToken);
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll([.. _errands.Append(looking).Select(Quietly)]);
            _following?.Dispose();
        }

        return ExitCodes.Success;
    }

    private async Task DrawAsync(TerminalScreen screen, Task looking, CancellationToken cancellationToken)
    {
        while (!_isOver)
        {
            var waiting = _happened.Reader.WaitToReadAsync(cancellationToken).AsTask();
            if (await Task.WhenAny(waiting, looking) == looking)
            {
                await looking;
            }

            await waiting;
            while (_happened.Reader.TryRead(out var happened))
            {
                happened();
            }

            if (!_isOver)
            {
                int width = environment.Width ?? Console.WindowWidth;
                int height = environment.Height ?? Console.WindowHeight;
                screen.Draw(_model.Lines(width, height), width, height);
                await Task.Delay(BetweenDrawings, environment.Time, cancellationToken);
            }
        }
    }

    /// <summary>Looks until cancelled; whatever else ends it ends the view.</summary>
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var states = await client.StatesAsync(cancellationToken);
            Happen(() =>
            {
                _workers = ids is null ? states : [.. states.Where(state => ids.Contains(state.WorkerId))];
                _model.Look(_workers);
            });
            await Task.Delay(interval, environment.Time, cancellationToken);
        }
    }

    private void Take(MonitorWish? wish, CancellationToken cancellationToken)
    {
        _errands.RemoveAll(errand => errand.IsCompleted);
        switch (wish)
        {
            case MonitorWish.Quit:
                _isOver = true;
                break;
            case MonitorWish.Follow(var worker):
                _following?.Dispose();
                _following = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                _errands.Add(FollowAsync(worker, _following.Token));
                break;
            case MonitorWish.Leave:
                _following?.Cancel();
                break;
            case MonitorWish.Cancel(var worker):
                _model.Message = $"Cancelling the run of {worker}…";
                _errands.Add(CancelAsync(worker, cancellationToken));
                break;
        }
    }

    private async Task FollowAsync(string worker, CancellationToken cancellationToken)
    {
        var tail = new WorkerTail(client, worker);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (await tail.ReadAsync(_workers.FirstOrDefault(state => state.WorkerId == worker)?.RunId, cancellationToken))
                {
                    var lines = tail.Lines;
                    Happen(() => _model.Log = _model.Followed == worker ? lines : _model.Log);
                }
                else
                {
                    await Task.Delay(BetweenLogs, environment.Time, cancellationToken);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (UnansweredException fault)
            {
                Happen(() => _model.Message = fault.Message);
                return;
            }
        }
    }

    private async Task CancelAsync(string worker, CancellationToken cancellationToken)
    {
        string told;
        try
        {
            var answer = await client.CancelAsync(worker, force: false, cancellationToken);
            told = (bool?)answer["stopped_run"] == true ? $"The run of {worker} was stopped." : $"Nothing ran on {worker}.";
        }
        catch (Exception e) when (e is RefusedException or UnansweredException)
        {
            told = e.Message;
        }

        Happen(() => _model.Message = told);
    }

    private void Happen(Action action) => _happened.Writer.TryWrite(action);

    private static async Task Quietly(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception e) when (e is OperationCanceledException or UnansweredException or RefusedException or ObjectDisposedException)
        {
            // The view is over; what ended it is told by the loop.
        }
    }
}
