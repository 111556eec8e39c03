using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks.Schedules;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Queue;

/// <summary>The tools of the set <c>tasks</c> for what is added by the clock.</summary>
internal static class ScheduleTools
{
    private static readonly string[] Actions = ["pause", "resume", "run_now", "remove"];

    public static ToolDefinition Add { get; } = new(
        new Tool
        {
            Name = "schedule_add",
            Title = "Add a schedule",
            Description = "Adds a task again and again, by the clock. task is as an entry of task_add, without after, at and key.",
            InputSchema = WorkerTool.Schema(
                """
                {"type":"object","properties":{
                "cron":{"type":"string","description":"five fields: minute hour day month weekday"},
                "name":{"type":"string"},
                "time_zone":{"type":"string","description":"such as Europe/Vienna; the host's if left out"},
                "overlap":{"type":"string","enum":["skip","allow","replace"],"default":"skip","description":"while its last task is not over"},
                "missed":{"type":"string","enum":["once","skip"],"default":"once","description":"times that passed while the host was down"},
                "task":{"type":"object","properties":{"prompt":{"type":"string"}},"required":["prompt"]}
                },"required":["cron","task"],"additionalProperties":false}
                """),
            OutputSchema = WorkerTool.Schema(TaskSchemas.ScheduleAdded),
            Annotations = new() { ReadOnlyHint = false, DestructiveHint = false, IdempotentHint = false, OpenWorldHint = true },
        },
        async (arguments, call, cancellationToken) =>
        {
            var schedule = await call.Tasks.Schedules.AddAsync(
                new ScheduleRequest
                {
                    Cron = arguments.Text("cron"),
                    Name = arguments.OptionalText("name"),
                    TimeZone = arguments.OptionalText("time_zone"),
                    Overlap = arguments.OptionalChoice("overlap", SchedulePolicyNames.Overlaps) is { } overlap && SchedulePolicyNames.TryParse(overlap, out OverlapPolicy policy) ? policy : default,
                    Missed = arguments.OptionalChoice("missed", SchedulePolicyNames.Misses) is { } missed && SchedulePolicyNames.TryParse(missed, out MissedPolicy made) ? made : default,
                    Task = arguments.Object("task", TaskArguments.TemplateNames).Template(),
                },
                cancellationToken);
            var json = ScheduleView.Of(schedule);
            json["warnings"] = ScheduleManager.Warning is { } warning ? new JsonArray(warning) : [];
            return ToolAnswer.Of(json);
        })
    {
        Set = ToolSetNames.Tasks,
    };

    public static ToolDefinition List { get; } = new(
        new Tool
        {
            Name = "schedule_list",
            Title = "List schedules",
            Description = "The schedules, with when each is due next and what came of the last time.",
            InputSchema = WorkerTool.Schema("""{"type":"object","properties":{},"additionalProperties":false}"""),
            OutputSchema = WorkerTool.Schema(TaskSchemas.Schedules),
            Annotations = TaskTools.Reads,
        },
        async (_, call, cancellationToken) =>
            ToolAnswer.Of(new JsonArray([.. (await call.Tasks.Schedules.ListAsync(cancellationToken)).Select(schedule => (JsonNode)ScheduleView.Of(schedule))])))
    {
        Set = ToolSetNames.Tasks,
    };

    public static ToolDefinition Control { get; } = new(
        new Tool
        {
            Name = "schedule_control",
            Title = "Control a schedule",
            Description = "pause, resume, run_now: add a task at once (last_task), remove: the tasks that it added stay.",
            InputSchema = WorkerTool.Schema(
                """
                {"type":"object","properties":{
                "schedule_id":{"type":"string","description":"or its name"},
                "action":{"type":"string","enum":["pause","resume","run_now","remove"]}
                },"required":["schedule_id","action"],"additionalProperties":false}
                """),
            OutputSchema = WorkerTool.Schema(TaskSchemas.Schedule),
            Annotations = new() { ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = false, OpenWorldHint = true },
        },
        async (arguments, call, cancellationToken) =>
        {
            string id = arguments.Text("schedule_id");
            string action = arguments.OptionalChoice("action", Actions) ?? throw arguments.Refuse($"'action' is missing; allowed are {string.Join(", ", Actions)}");
            return ToolAnswer.Of(ScheduleView.Of(action switch
            {
                "pause" => await call.Tasks.Schedules.PauseAsync(id, cancellationToken),
                "resume" => await call.Tasks.Schedules.ResumeAsync(id, cancellationToken),
                "run_now" => await call.Tasks.Schedules.RunNowAsync(id, cancellationToken),
                _ => await RemovedAsync(call, id, cancellationToken),
            }));
        })
    {
        Set = ToolSetNames.Tasks,
    };

    /// <summary>As it was.</summary>
    private static async Task<Schedule> RemovedAsync(ToolCall call, string id, CancellationToken cancellationToken)
    {
        var schedule = await call.Tasks.Schedules.FindAsync(id, cancellationToken);
        await call.Tasks.Schedules.RemoveAsync(schedule.ScheduleId, cancellationToken);
        return schedule;
    }
}
