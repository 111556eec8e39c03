using System.Globalization;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks.Rules;
using Xunit;

namespace McpWorkers.Tests.Tasks.Rules;

public sealed class TaskChoiceTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_highest_priority_goes_first_and_then_the_oldest()
    {
        TaskCandidate[] waiting = [Task(1, TaskPriority.Low), Task(3), Task(2), Task(5, TaskPriority.High), Task(4, TaskPriority.High)];
        Assert.Equal("t4", TaskChoice.Next(waiting, new(), Limits(), Now)!.TaskId);
    }

    [Fact]
    public void Roles_take_turns_by_what_they_use_of_their_share()
    {
        var running = new RunningTasks();
        TaskCandidate[] waiting = [.. Enumerable.Range(1, 6).Select(i => Task(i, role: "many")), Task(7, role: "one"), Task(8, role: "one")];
        var order = new List<string>();
        for (var left = waiting.ToList(); TaskChoice.Next(left, running, Limits() with { Roles = new Dictionary<string, int> { ["many"] = 4, ["one"] = 1 } }, Now) is { } next; left.Remove(next))
        {
            running.Begin(next);
            order.Add(next.TaskId);
        }

        Assert.Equal(["t1", "t7", "t2", "t3", "t4"], order);
    }

    [Fact]
    public void A_task_that_waits_for_something_is_passed_over()
    {
        TaskCandidate[] waiting =
        [
            Task(1) with { NotBefore = Now.AddTicks(1) }, Task(2) with { Blocked = WaitReason.Quota }, Task(3) with { NotBefore = Now },
        ];
        Assert.Equal("t3", TaskChoice.Next(waiting, new(), Limits(), Now)!.TaskId);
        Assert.Null(TaskChoice.Next(waiting[..2], new(), Limits(), Now));
    }

    /// <summary>Random queues against a model that is as simple as can be: the rules hold at each step, and both choose the same.</summary>
    [Fact]
    public void Random_sequences_keep_to_the_rules_as_a_naive_model_does()
    {
        int first = int.TryParse(Environment.GetEnvironmentVariable("CHOICE_SEED"), CultureInfo.InvariantCulture, out int asked) ? asked : Random.Shared.Next();
        for (int seed = first; seed < first + 200; seed++)
        {
            string fault = OneSequence(new Random(seed));
            Assert.True(fault.Length == 0, $"CHOICE_SEED={seed}: {fault}");
        }
    }

    private static string OneSequence(Random random)
    {
        var limits = new ChoiceLimits(random.Next(1, 8), new Dictionary<string, int> { ["a"] = random.Next(1, 4), ["b"] = random.Next(1, 3), ["c"] = 1 })
        {
            Types = new Dictionary<string, int> { ["x"] = random.Next(1, 4) },
            Pools = new Dictionary<string, int> { ["p"] = random.Next(1, 3) },
        };
        var line = new TaskLine();
        var running = new RunningTasks();
        var waiting = new List<TaskCandidate>();
        var going = new List<TaskCandidate>();
        var model = new NaiveChoice(limits);
        for (int step = 1; step <= 150; step++)
        {
            if (random.Next(2) == 0)
            {
                var added = new TaskCandidate(
                    $"t{step}", (TaskPriority)random.Next(3), step, "abcd".Substring(random.Next(4), 1), "xy".Substring(random.Next(2), 1), random.Next(3) == 0 ? "p" : "");
                waiting.Add(added);
                line.Add(added);
            }
            else if (random.Next(3) == 0 && going.Count > 0)
            {
                var ended = going[random.Next(going.Count)];
                going.Remove(ended);
                running.End(ended);
                model.End(ended);
            }
            else if (random.Next(5) == 0 && waiting.Count > 0)
            {
                var taken = waiting[random.Next(waiting.Count)];
                waiting.Remove(taken);
                line.Remove(taken);
            }

            var chosen = TaskChoice.Next(line.Heads, running, limits, Now);
            var whole = TaskChoice.Next([.. waiting.OrderBy(_ => random.Next())], running, limits, Now);
            var expected = model.Next(waiting);
            if (chosen != whole || chosen != expected)
            {
                return $"step {step}: of the heads {chosen?.TaskId}, of all {whole?.TaskId}, of the model {expected?.TaskId}";
            }

            if (chosen is not null && random.Next(4) > 0)
            {
                waiting.Remove(chosen);
                line.Remove(chosen);
                going.Add(chosen);
                running.Begin(chosen);
                model.Begin(chosen);
            }

            if (going.Count > limits.Host || going.GroupBy(task => task.Role).Any(role => role.Count() > limits.OfRole(role.Key))
                || going.Count(task => task.WorkerType == "x") > limits.OfType("x") || going.Count(task => task.Pool == "p") > limits.OfPool("p"))
            {
                return $"step {step}: more go on than may";
            }

            if (line.Count != waiting.Count || running.Total != going.Count)
            {
                return $"step {step}: {line.Count} in line and {running.Total} going on; there are {waiting.Count} and {going.Count}";
            }
        }

        return "";
    }

    private static ChoiceLimits Limits() => new(100, new Dictionary<string, int> { ["code"] = 10 });

    private static TaskCandidate Task(int position, TaskPriority priority = TaskPriority.Normal, string role = "code") => new($"t{position}", priority, position, role);

    /// <summary>Sorts everything each time, and counts by looking.</summary>
    private sealed class NaiveChoice(ChoiceLimits limits)
    {
        private readonly List<TaskCandidate> _going = [];
        private readonly List<string> _served = [];

        public void Begin(TaskCandidate task)
        {
            _going.Add(task);
            _served.Add(task.Role);
        }

        public void End(TaskCandidate task) => _going.Remove(task);

        public TaskCandidate? Next(List<TaskCandidate> waiting) => _going.Count >= limits.Host
            ? null
            : waiting
                .Where(task => Count(each => each.Role == task.Role) < limits.OfRole(task.Role))
                .Where(task => Count(each => each.WorkerType == task.WorkerType) < limits.OfType(task.WorkerType))
                .Where(task => Count(each => each.Pool == task.Pool) < limits.OfPool(task.Pool))
                .OrderBy(task => task.Priority)
                .ThenBy(task => (decimal)Count(each => each.Role == task.Role) / limits.OfRole(task.Role))
                .ThenBy(task => _served.LastIndexOf(task.Role))
                .ThenBy(task => task.Position)
                .FirstOrDefault();

        private int Count(Func<TaskCandidate, bool> which) => _going.Count(which);
    }
}
