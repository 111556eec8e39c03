using System.Globalization;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Verbs;

/// <summary>
/// Prints the changes of workers as they come: a line when a status changes or the worker does something else.
/// </summary>
/// <param name="ids">Null for all; with ids it ends when none of them is at work.</param>
/// <param name="interval">How long to wait for a change before looking again.</param>
internal sealed class MonitorFollow(CliEnvironment environment, WorkerClient client, IReadOnlyList<string>? ids, TimeSpan interval)
{
    private const int ActivityMax = 120;

    private readonly Dictionary<string, WorkerState> _shown = [];

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        // Refuses ids that are not known; who is closed later is told as that.
        await client.MonitorAsync(ids, TimeSpan.FromSeconds(0.1), cancellationToken);
        while (true)
        {
            var states = (await client.StatesAsync(cancellationToken)).Where(state => ids?.Contains(state.WorkerId) != false).ToList();
            await ShowAsync(states);
            bool busy = states.Any(state => state.IsAtWork);
            if (ids is not null && !busy)
            {
                return ExitCodes.Success;
            }

            await WaitAsync(busy ? [.. states.Select(state => state.WorkerId)] : null, cancellationToken);
        }
    }

    private async Task WaitAsync(string[]? busy, CancellationToken cancellationToken)
    {
        if (busy is null)
        {
            await Task.Delay(interval, environment.Time, cancellationToken);
            return;
        }

        try
        {
            await client.MonitorAsync(busy, interval, cancellationToken);
        }
        catch (RefusedException)
        {
            // One of them was closed since the look; the next look shows it.
        }
    }

    private async Task ShowAsync(List<WorkerState> states)
    {
        var changed = states.Where(state => !_shown.TryGetValue(state.WorkerId, out var before) || IsNews(before, state)).ToList();
        var closed = _shown.Keys.Except(states.Select(state => state.WorkerId)).ToList();
        foreach (string line in changed.Select(Line).Concat(closed.Select(id => $"{TerminalText.OneLine(id, 40)} closed")))
        {
            await environment.Out.WriteLineAsync(line);
        }

        changed.ForEach(state => _shown[state.WorkerId] = state);
        closed.ForEach(id => _shown.Remove(id));
    }

    private static bool IsNews(WorkerState before, WorkerState now) =>
        before.Status != now.Status || before.RunId != now.RunId || (now.IsAtWork && before.Doing != now.Doing);

    private static string Line(WorkerState state)
    {
        string what = state.Status.IsSettled() ? string.Create(CultureInfo.InvariantCulture, $" after {state.Elapsed.TotalSeconds:0.0} s")
            : state.Doing.Length > 0 ? ": " + TerminalText.OneLine(state.Doing, ActivityMax)
            : "";
        return $"{TerminalText.OneLine(state.WorkerId, 40)} {state.Status.ToWire()}{what}";
    }
}
