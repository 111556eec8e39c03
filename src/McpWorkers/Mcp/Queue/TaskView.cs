using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Workspaces;

namespace McpWorkers.Mcp.Queue;

/// <summary>Tasks and the queue as every door shows them.</summary>
internal static class TaskView
{
    /// <summary>In characters: a list is to be read by a model.</summary>
    private const int PromptMax = 200;

    /// <summary>In short: without what was asked for beside role and prompt, and of that only the head.</summary>
    public static JsonObject Brief(WorkTask task)
    {
        bool isCut = task.Prompt.Length > PromptMax;
        var json = Common(task, isCut ? task.Prompt[..(char.IsHighSurrogate(task.Prompt[PromptMax - 1]) ? PromptMax - 1 : PromptMax)] + "…" : task.Prompt);
        if (isCut)
        {
            json["prompt_length"] = task.Prompt.Length;
        }

        return json;
    }

    /// <summary>In short, with what somebody has to decide before it goes on.</summary>
    public static JsonObject Brief(WorkTask task, WorkerManager workers) => WithWaiting(Brief(task), task, workers);

    /// <summary>All that is known of it but its result.</summary>
    public static JsonObject Whole(WorkTask task)
    {
        var json = Common(task, task.Prompt);
        AddSpec(json, task.Spec);
        return json;
    }

    /// <summary>What was asked for of its attempts; what was not is left out.</summary>
    public static void AddSpec(JsonObject json, TaskSpec spec)
    {
        Add(json, "worker_type", spec.WorkerType);
        Add(json, "model", spec.Model);
        Add(json, "permission", spec.Permission?.ToWire());
        Add(json, "working_directory", spec.WorkingDirectory);
        Add(json, "workspace", spec.Workspace?.Kind.ToWire());
        Add(json, "repo", spec.Workspace?.Repository);
        Add(json, "branch", spec.Workspace?.Branch);
        Add(json, "from", spec.Workspace?.From);
        if (spec.Workspace is { BringChanges: true })
        {
            json["bring_changes"] = true;
        }

        Add(json, "launcher", spec.Launcher?.ToWire());
        Add(json, "image", spec.Image);
        if (spec.Verify.Count > 0)
        {
            json["verify"] = WorkspaceForms.Texts(spec.Verify);
        }

        if (spec.Files.Count > 0)
        {
            json["files"] = WorkspaceForms.Texts(spec.Files);
        }

        if (spec.Timeout is { } timeout)
        {
            json["timeout"] = timeout.TotalSeconds;
        }

        Add(json, "autonomy", spec.Autonomy?.ToWire());
        if (BudgetJson.Of(spec.Budget) is { } budget)
        {
            json["budget"] = budget;
        }

        Add(json, "source", spec.Source);
    }

    /// <summary>All that is known of it, with the result of its last attempt as far as its run is kept.</summary>
    public static async Task<JsonObject> WithResultAsync(WorkTask task, WorkerManager workers, CancellationToken cancellationToken)
    {
        var json = WithWaiting(Whole(task), task, workers);
        json["result"] = null;
        if (task.LastAttempt is { } attempt)
        {
            try
            {
                var run = await workers.FindRunAsync(attempt.RunId, cancellationToken);
                json["result"] = ResultView.Of(run.Result, workers.Settings.OutputInlineMax);
            }
            catch (RefusedException refused) when (refused.Code == RefusalCode.NotFound)
            {
                // It was not begun yet, or is kept no more.
            }
        }

        return json;
    }

    /// <summary><c>{tasks, next_before}</c>.</summary>
    public static JsonObject Of(TaskPage page, WorkerManager workers) => new()
    {
        ["tasks"] = new JsonArray([.. page.Tasks.Select(task => (JsonNode)Brief(task, workers))]),
        ["next_before"] = page.Next?.ToString(CultureInfo.InvariantCulture),
    };

    public static JsonObject Of(QueueStatus queue) => new()
    {
        ["paused"] = queue.PausedSince is not null,
        ["paused_since"] = Time(queue.PausedSince),
        ["tasks"] = new JsonObject(queue.Tasks.OrderBy(each => each.Key).Select(each => KeyValuePair.Create(each.Key.ToWire(), (JsonNode?)each.Value))),
        ["roles"] = new JsonObject(queue.Roles.Select(each => KeyValuePair.Create(
            each.Key, (JsonNode?)new JsonObject { ["running"] = each.Value.Running, ["ready"] = each.Value.Ready, ["limit"] = each.Value.Limit }))),
        ["slots_taken"] = queue.SlotsTaken,
        ["slots_max"] = queue.SlotsMax,
        ["next_due"] = Time(queue.NextDue),
    };

    public static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>What its attempt asks, or the leave without which it does not begin. From within a run nothing is said of it.</summary>
    private static JsonObject WithWaiting(JsonObject json, WorkTask task, WorkerManager workers)
    {
        if (workers.Caller.ParentRun is null && workers.Requests.Pending.FirstOrDefault(request => request.TaskId == task.TaskId) is { } request)
        {
            json["waiting_for"] = WaitingFor.Of(request).ToJson();
        }

        return json;
    }

    private static JsonObject Common(WorkTask task, string prompt) => new()
    {
        ["task_id"] = task.TaskId,
        ["key"] = task.Key,
        ["status"] = task.State.ToWire(),
        ["reason"] = task.Reason?.ToWire(),
        ["detail"] = task.Detail.Length == 0 ? null : task.Detail,
        ["role"] = task.Role,
        ["priority"] = task.Priority.ToWire(),
        ["queue"] = task.Queue,
        ["prompt"] = prompt,
        ["after"] = WorkspaceForms.Texts(task.After),
        ["at"] = Time(task.NotBefore),
        ["created"] = Time(task.Created),
        ["started"] = Time(task.Started),
        ["finished"] = Time(task.Finished),
        ["attempts"] = new JsonArray([.. task.Attempts.Select(attempt => (JsonNode)Of(attempt))]),
    };

    private static JsonObject Of(TaskAttempt attempt) => new()
    {
        ["number"] = attempt.Number,
        ["run_id"] = attempt.RunId,
        ["worker_id"] = attempt.WorkerId,
        ["started"] = Time(attempt.Started),
        ["finished"] = Time(attempt.Finished),
        ["outcome"] = attempt.Outcome?.ToWire(),
        ["cause"] = attempt.Cause is null or AttemptCause.None ? null : attempt.Cause.Value.ToWire(),
        ["detail"] = attempt.Detail.Length == 0 ? null : attempt.Detail,
    };

    private static void Add(JsonObject json, string name, string? value)
    {
        if (value is not null)
        {
            json[name] = value;
        }
    }
}
