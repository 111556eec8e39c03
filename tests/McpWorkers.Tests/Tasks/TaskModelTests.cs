using System.Collections.Concurrent;
using System.Globalization;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks;
using McpWorkers.Tests.Cli;
using Xunit;

namespace McpWorkers.Tests.Tasks;

/// <summary>
/// Random operations while hosts come and go: whatever was acknowledged reaches exactly one end, no run is begun twice by one host, none is
/// begun after its end was recorded, and never more go on than there are slots. The seed is said where that fails: <c>QUEUE_SEED</c>.
/// </summary>
public sealed class TaskModelTests
{
    private const int Slots = 3;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_acknowledged_task_reaches_one_end_whatever_happens()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("QUEUE_SEED"), CultureInfo.InvariantCulture, out int asked) ? asked : Random.Shared.Next();
        var random = new Random(seed);
        var ends = new ConcurrentDictionary<string, int>();
        var faults = new ConcurrentQueue<string>();
        var known = new List<string>();
        var time = new HandTime();
        await using var scene = new QueueScene(Attempts(seed), Slots, time: time);
        var tasks = await OpenAsync();
        for (int step = 0; step < 400; step++)
        {
            switch (random.Next(12))
            {
                case < 5:
                    known.AddRange((await tasks.AddAsync([.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => NewTask())], Token)).Select(each => each.Task.TaskId));
                    break;
                case 5 when known.Count > 0:
                    await tasks.CancelAsync(known[random.Next(known.Count)], "", Token);
                    break;
                case 6 when known.Count > 0:
                    await RetryAsync(known[random.Next(known.Count)]);
                    break;
                case 7:
                    await (random.Next(2) == 0 ? tasks.PauseAsync() : tasks.ResumeAsync());
                    break;
                case 8:
                    await tasks.StopAllAsync("", Token);
                    break;
                case 9:
                    await scene.LeaveAsync();
                    tasks = await OpenAsync();
                    break;
                default:
                    time.Pass(TimeSpan.FromSeconds(random.Next(30)));
                    break;
            }

            if (scene.Slots.Taken > Slots)
            {
                faults.Enqueue($"step {step}: {scene.Slots.Taken} slots are taken");
            }
        }

        await tasks.ResumeAsync();
        await Until.TrueAsync(() =>
        {
            time.Pass(TimeSpan.FromMinutes(1));
            return tasks.IsIdle;
        });

        // It is idle a moment before the last end is told.
        await Until.TrueAsync(() => known.TrueForAll(ends.ContainsKey));
        foreach (string id in known)
        {
            var task = await tasks.FindAsync(id, Token);
            if (!task.State.IsOver() || task.Attempts.Any(attempt => !attempt.IsOver) || task.Attempts.Select(attempt => attempt.RunId).Distinct().Count() != task.Attempts.Count
                || ends.GetValueOrDefault(id) < 1)
            {
                faults.Enqueue($"{id} is {task.State}, {task.Attempts.Count} attempts, {ends.GetValueOrDefault(id)} ends told");
            }
        }

        Assert.True(faults.IsEmpty, $"QUEUE_SEED={seed}: {string.Join("; ", faults.Take(5))}");
        Assert.Equal(0, scene.Slots.Taken);

        async Task<TaskManager> OpenAsync()
        {
            var attempts = Attempts(random.Next());
            var opened = await scene.OpenAsync(attempts);
            opened.Listen(change =>
            {
                if (change.Before is { } before && before.IsOver() && change.Task.State.IsOver())
                {
                    faults.Enqueue($"{change.Task.TaskId} went from {before} to {change.Task.State}");
                }

                if (change.Task.State.IsOver())
                {
                    ends.AddOrUpdate(change.Task.TaskId, 1, (_, count) => count + 1);
                }
            });

            // What ended between the opening and the listening was told to nobody.
            foreach (string id in known)
            {
                if ((await opened.FindAsync(id, Token)).State.IsOver())
                {
                    ends.TryAdd(id, 1);
                }
            }

            return opened;
        }

        TaskRequest NewTask() => new()
        {
            Prompt = "p",
            Role = random.Next(4) == 0 ? "docs" : "code",
            Priority = (TaskPriority)random.Next(3),
            After = known.Count > 0 && random.Next(5) == 0 ? [known[random.Next(known.Count)]] : [],
            At = random.Next(6) == 0 ? time.GetUtcNow().AddSeconds(random.Next(60)) : null,
        };

        async Task RetryAsync(string id)
        {
            try
            {
                await tasks.RetryAsync(id, Token);
            }
            catch (RefusedException)
            {
                // It is completed, or not over.
            }
        }
    }

    private static NoOpAttempts Attempts(int seed)
    {
        var random = new Random(seed);
        var begun = new ConcurrentDictionary<string, bool>();
        return new(async (task, stopped) =>
        {
            if (!begun.TryAdd(task.LastAttempt!.RunId, true))
            {
                throw new InvalidOperationException($"Run {task.LastAttempt.RunId} was begun twice.");
            }

            int dice;
            lock (random)
            {
                dice = random.Next(10);
            }

            for (int i = dice; i > 0; i--)
            {
                await Task.Yield();
                stopped.ThrowIfCancellationRequested();
            }

            return dice switch
            {
                0 => new(AttemptOutcome.Failed, AttemptCause.Crash, "died"),
                1 => new(AttemptOutcome.Failed, AttemptCause.VerificationFailed, "red"),
                2 => new(AttemptOutcome.Failed, AttemptCause.Missing, "missing"),
                3 => new(AttemptOutcome.HandedBack, AttemptCause.HostBusy, "busy"),
                4 => new(AttemptOutcome.Lost, AttemptCause.Lost, "lost"),
                _ => NoOpAttempts.Success,
            };
        });
    }
}
