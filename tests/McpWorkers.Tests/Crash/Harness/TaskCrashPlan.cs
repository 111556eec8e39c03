using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Tests.Crash;

/// <summary>A task of the proof: what is asked, and what must become of it.</summary>
internal sealed record TaskCrashPlan(string Key, JsonObject Request, TaskState End, int Attempts)
{
    private const string Role = "load";

    /// <summary>Each attempt adds a line with its run to the file that has its task's key, in one write at its end.</summary>
    public static string EffectsOf(CrashHome home) => Path.Combine(home.Work, "effects");

    public static JsonObject Roles(int concurrency) => new()
    {
        ["name"] = Role,
        ["concurrency"] = concurrency,
        ["permission"] = "full",
        ["worker_types"] = new JsonArray("simulated"),
        ["retry"] = new JsonObject { ["max_attempts"] = 2 },
    };

    /// <summary>Most succeed at once; some at their second attempt, since a check finds but one line at the first; some fail for good; some come after others.</summary>
    public static TaskCrashPlan Draw(string key, Random random, IReadOnlyList<TaskCrashPlan> before)
    {
        string seconds = (random.NextDouble() * 0.6).ToString("0.00", CultureInfo.InvariantCulture);
        string prompt = $"[[pace:fast]] [[shell:echo $MCPWORKERS_RUN >> effects/{key}]] [[sleep:{seconds}]]";
        var task = new JsonObject
        {
            ["key"] = key,
            ["role"] = Role,
            ["priority"] = TaskNames.Priorities[random.Next(TaskNames.Priorities.Count)],
        };
        var (end, attempts) = (TaskState.Completed, 1);
        switch (random.Next(10))
        {
            case 0:
                // A request that the service refuses is refused the next time too.
                prompt += " [[auth-error:0]]";
                end = TaskState.Failed;
                break;
            case 1 or 2:
                prompt += $" [[text:{key}]]";
                task["verify"] = new JsonArray($"test $(grep -c . effects/{key}) -ge 2");
                attempts = 2;
                break;
            default:
                prompt += $" [[text:{key}]]";
                break;
        }

        task["prompt"] = prompt;
        if (before.Count > 0 && random.Next(4) == 0)
        {
            var first = before[random.Next(before.Count)];
            task["after"] = new JsonArray(first.Key);
            (end, attempts) = first.End == TaskState.Completed ? (end, attempts) : (TaskState.Failed, 0);
        }

        return new(key, task, end, attempts);
    }
}
