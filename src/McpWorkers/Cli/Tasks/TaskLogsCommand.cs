using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Cli.Verbs;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;

namespace McpWorkers.Cli.Tasks;

/// <summary><c>mcpworkers tasks logs</c>: what went on in a task's attempts.</summary>
internal static class TaskLogsCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var task = TaskIds.One("The task's id or key.");
        var number = new Option<int?>("--attempt")
        {
            Description = "That attempt, counted from 1. [default: the last]",
            HelpName = "N",
            CustomParser = static result => WholeNumber.Parse(result, "--attempt", "1 or more", n => n >= 1),
        };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on as more is written, through all further attempts, until the task is over." };
        var lines = new Option<int?>("--lines", "-n")
        {
            Description = "Only the last N entries, 0–10000. [default: all]",
            HelpName = "N",
            CustomParser = static result => WholeNumber.Parse(result, "-n", "0 to 10000", n => n is >= 0 and <= 10_000),
        };
        var json = CommonOptions.Json();
        var command = new Command("logs", "Show what a task's attempt wrote: text, tool calls, errors.") { task, number, follow, lines, json };
        command.SetAction((parsed, cancellationToken) =>
        {
            bool follows = parsed.GetValue(follow);
            if (follows && parsed.GetValue(number) is not null)
            {
                throw new RefusedException(RefusalCode.InvalidArgument, "--follow goes through all attempts, and --attempt names one. Leave one of them out.");
            }

            return Connected.RunAsync(
                environment,
                common.EngineOf(parsed),
                (client, cancellation) => ShowAsync(
                    client, new LogPrinter(environment, parsed.GetValue(json), LogKinds.All), environment.Time, parsed.GetRequiredValue(task), parsed.GetValue(number),
                    follows, parsed.GetValue(lines), cancellation),
                cancellationToken);
        });
        return command;
    }

    private static async Task<int> ShowAsync(
        WorkerClient client, LogPrinter printer, TimeProvider time, string taskId, int? number, bool follow, int? last, CancellationToken cancellation)
    {
        string? shown = null;
        while (true)
        {
            var (isOver, tasks) = await client.Tasks.WaitAsync([taskId], 0, cancellation);
            var run = NextOf(tasks[0], number, shown);
            if (run is not null && (!follow || await IsThereAsync(client, run, mayBeMissing: !isOver || shown is not null, cancellation)))
            {
                if (shown is not null)
                {
                    await printer.NextRunAsync(run);
                }

                try
                {
                    await new LogReader(client, printer, time, run, shown is null ? last : null).RunAsync(follow, cancellation);
                }
                catch (RefusedException refused) when (DetailOf(tasks[0], run) is { Length: > 0 } detail)
                {
                    // An attempt has the id of its run before there is one, and there may never have been one.
                    throw new RefusedException(refused.Code, $"{refused.Message} That attempt ended so: {detail}");
                }

                shown = run;
                if (!follow)
                {
                    return ExitCodes.Success;
                }
            }
            else if (!follow)
            {
                throw new RefusedException(
                    RefusalCode.NotFound,
                    number is { } asked ? $"Task '{taskId}' has no attempt {asked}. 'tasks show {taskId}' lists those that there were." : $"Task '{taskId}' has run nothing yet. '--follow' waits for its first attempt.");
            }
            else if (isOver)
            {
                return ExitCodes.Success;
            }
            else
            {
                // Between two attempts, or before the first: nothing is written meanwhile.
                await Task.Delay(Pause, time, cancellation);
            }
        }
    }

    private static string? DetailOf(JsonObject task, string run) =>
        (task["attempts"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(attempt => attempt["run_id"]?.ToString() == run)?["detail"]?.ToString();

    /// <summary>An attempt has the id of its run before there is one: its worker is made first.</summary>
    /// <exception cref="RefusedException">It is not known, and will not be.</exception>
    private static async Task<bool> IsThereAsync(WorkerClient client, string run, bool mayBeMissing, CancellationToken cancellation)
    {
        try
        {
            await client.ReadLogAsync(run, 0, 1, cancellation);
            return true;
        }
        catch (RefusedException) when (mayBeMissing)
        {
            return false;
        }
    }

    /// <summary>The run to be shown next: at first the last attempt's, then those that came after it, each of them however soon it was over.</summary>
    /// <returns>Null where there is none, or none yet.</returns>
    private static string? NextOf(JsonObject task, int? number, string? shown)
    {
        var attempts = (task["attempts"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        int at = number is { } asked ? attempts.FindIndex(attempt => (int?)attempt["number"] == asked)
            : attempts.FindIndex(attempt => attempt["run_id"]?.ToString() == shown) is var before and >= 0 ? before + 1
            : attempts.Count - 1;
        return attempts.ElementAtOrDefault(at)?["run_id"]?.ToString();
    }
}
