using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Mcp.Queue;

/// <summary>A schedule as every door shows it.</summary>
internal static class ScheduleView
{
    public static JsonObject Of(Schedule schedule)
    {
        var json = new JsonObject
        {
            ["schedule_id"] = schedule.ScheduleId,
            ["name"] = schedule.Name,
            ["cron"] = schedule.Cron,
            ["time_zone"] = schedule.TimeZone,
            ["overlap"] = schedule.Overlap.ToWire(),
            ["missed"] = schedule.Missed.ToWire(),
            ["paused"] = schedule.Paused is not null,
            ["next"] = TaskView.Time(schedule.NextDue),
            ["last"] = TaskView.Time(schedule.LastDue),
            ["last_task"] = schedule.LastTask,
            ["last_outcome"] = schedule.LastOutcome.Length == 0 ? null : schedule.LastOutcome,
            ["firings"] = schedule.Firings,
            ["created"] = TaskView.Time(schedule.Created),
            ["role"] = schedule.Work.Role,
            ["priority"] = schedule.Work.Priority.ToWire(),
            ["queue"] = schedule.Work.Queue,
            ["prompt"] = schedule.Work.Prompt,
        };
        TaskView.AddSpec(json, schedule.Work.Spec);
        return json;
    }
}
