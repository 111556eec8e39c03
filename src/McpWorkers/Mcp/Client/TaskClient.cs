using System.Text.Json.Nodes;
using McpWorkers.Mcp.Workspaces;

namespace McpWorkers.Mcp.Client;

/// <summary>Calls the tools of the set <c>tasks</c>, and gives their own JSON back. Refusals come as with <see cref="WorkerClient"/>.</summary>
internal sealed class TaskClient(RequestSender sender)
{
    private const string LookAtTasks = "'mcpworkers tasks list' shows what is there.";
    private const string LookAtQueue = "'mcpworkers queue status' shows how it is.";
    private const string LookAtSchedules = "'mcpworkers schedules list' shows what is there.";

    /// <summary>Adds them all or none. Where each has a key, it is asked again after a loss of the connection: adding twice is adding once.</summary>
    /// <param name="tasks">Each as the tool <c>task_add</c> takes it.</param>
    /// <returns>The tasks, in the order given.</returns>
    public async Task<JsonArray> AddAsync(JsonArray tasks, CancellationToken cancellationToken)
    {
        bool mayRepeat = tasks.All(task => task is JsonObject fields && fields["key"] is not null);
        var arguments = new JsonObject { ["tasks"] = tasks };
        var added = mayRepeat
            ? await sender.CallRepeatedlyAsync("task_add", arguments, cancellationToken)
            : await sender.ChangeAsync("task_add", arguments, LookAtTasks + " With --key it can be said again without harm.", cancellationToken);
        return added.AsArray();
    }

    /// <summary><c>{tasks, next_before}</c>, the newest first.</summary>
    /// <param name="question">As the tool <c>task_list</c> takes it.</param>
    public async Task<JsonObject> ListAsync(JsonObject question, CancellationToken cancellationToken) =>
        (await sender.CallRepeatedlyAsync("task_list", question, cancellationToken)).AsObject();

    /// <summary>All of a task, with the result of its last attempt, whose output is whole.</summary>
    public async Task<JsonObject> ShowAsync(string taskId, CancellationToken cancellationToken)
    {
        var task = (await sender.CallRepeatedlyAsync("task_show", new() { ["task_id"] = taskId }, cancellationToken)).AsObject();
        if (task["result"] is JsonObject result)
        {
            task["result"] = await WholeOutput.OfAsync(result, sender, cancellationToken);
        }

        return task;
    }

    /// <summary>Waits until all of them are over, or for that long.</summary>
    /// <param name="seconds">0–300.</param>
    public async Task<(bool IsOver, IReadOnlyList<JsonObject> Tasks)> WaitAsync(IReadOnlyList<string> taskIds, double seconds, CancellationToken cancellationToken)
    {
        var answer = await sender.CallRepeatedlyAsync(
            "task_wait", new() { ["task_ids"] = WorkspaceForms.Texts(taskIds), ["timeout"] = seconds }, cancellationToken);
        return answer["over"] is JsonValue over && answer["tasks"] is JsonArray tasks
            ? ((bool)over, [.. tasks.OfType<JsonObject>()])
            : throw new UnansweredException("The answer to task_wait is in a form that this version does not know.");
    }

    /// <summary>The task as it is now.</summary>
    /// <param name="changes">As the tool <c>task_edit</c> takes them, with the id.</param>
    public async Task<JsonObject> EditAsync(JsonObject changes, CancellationToken cancellationToken) =>
        (await sender.ChangeAsync("task_edit", changes, LookAtTasks, cancellationToken)).AsObject();

    /// <summary>The tasks as they are now.</summary>
    public async Task<JsonArray> CancelAsync(IReadOnlyList<string> taskIds, CancellationToken cancellationToken) => (await sender.ChangeAsync(
        "task_cancel", new() { ["task_ids"] = WorkspaceForms.Texts(taskIds) }, LookAtTasks, cancellationToken)).AsArray();

    /// <summary>The tasks as they are now.</summary>
    public async Task<JsonArray> RetryAsync(IReadOnlyList<string> taskIds, CancellationToken cancellationToken) => (await sender.ChangeAsync(
        "task_retry", new() { ["task_ids"] = WorkspaceForms.Texts(taskIds) }, LookAtTasks, cancellationToken)).AsArray();

    /// <summary>How the queue is.</summary>
    public async Task<JsonObject> QueueAsync(CancellationToken cancellationToken) =>
        (await sender.CallRepeatedlyAsync("queue_status", [], cancellationToken)).AsObject();

    /// <summary>How the queue is afterwards.</summary>
    /// <param name="action"><c>pause</c>, <c>resume</c> or <c>stop_all</c>.</param>
    public async Task<JsonObject> ControlQueueAsync(string action, CancellationToken cancellationToken) =>
        (await sender.ChangeAsync("queue_control", new() { ["action"] = action }, LookAtQueue, cancellationToken)).AsObject();

    /// <summary>All schedules.</summary>
    public async Task<JsonArray> SchedulesAsync(CancellationToken cancellationToken) =>
        (await sender.CallRepeatedlyAsync("schedule_list", [], cancellationToken)).AsArray();

    /// <summary>The schedule that was made.</summary>
    /// <param name="schedule">As the tool <c>schedule_add</c> takes it.</param>
    public async Task<JsonObject> AddScheduleAsync(JsonObject schedule, CancellationToken cancellationToken) =>
        (await sender.ChangeAsync("schedule_add", schedule, LookAtSchedules, cancellationToken)).AsObject();

    /// <param name="action"><c>pause</c>, <c>resume</c>, <c>run_now</c> or <c>remove</c>.</param>
    public async Task<JsonObject> ControlScheduleAsync(string scheduleId, string action, CancellationToken cancellationToken) => (await sender.ChangeAsync(
        "schedule_control", new() { ["schedule_id"] = scheduleId, ["action"] = action }, LookAtSchedules, cancellationToken)).AsObject();
}
