using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Tasks.Schedules;

namespace McpWorkers.Mcp;

/// <summary>What a host has beside its workers: tasks that outlive it, and schedules that add more.</summary>
internal sealed record HostQueue(TaskManager Tasks, ScheduleManager Schedules);
