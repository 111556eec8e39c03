using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Mcp.Workspaces;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Queue;

/// <summary>The tools of the set <c>tasks</c> that add tasks and look at them.</summary>
internal static class TaskTools
{
    public const int AtOnceMax = 1000;

    private const int WaitMax = 300;

    private const int ListMax = 200;

    /// <summary>What may be said of each task of a kind.</summary>
    public const string TemplateFields =
        """
        "prompt":{"type":"string"},
        "role":{"type":"string","description":"feature, bugfix, test, docs, refactor, review, code, quality, memory, … as set up; the setting's default if left out"},
        "priority":{"type":"string","enum":["high","normal","low"],"default":"normal"},
        "queue":{"type":"string","description":"the priority's own if left out"},
        "worker_type":{"type":"string","description":"the role's if left out"},
        "model":{"type":"string"},
        "permission":{"type":"string","enum":["read_only","edit","ask","full"]},
        "working_directory":{"type":"string","description":"absolute"},
        "workspace":{"type":"string","enum":["directory","worktree","clone"]},
        "repo":{"type":"string"},
        "branch":{"type":"string"},
        "from":{"type":"string"},
        "bring_changes":{"type":"boolean"},
        "launcher":{"type":"string","enum":["process","container"]},
        "image":{"type":"string"},
        "verify":{"type":"array","items":{"type":"string"},"description":"shell commands that must succeed"},
        "files":{"type":"array","items":{"type":"string"},"description":"that it is about, relative to its directory"},
        "timeout":{"type":"integer","minimum":30,"maximum":3600,"description":"seconds, of an attempt"},
        "autonomy":{"type":"string","enum":["autonomous","supervised","human_required"],"description":"not above the role's; human_required waits for a person's leave before it begins"},
        """ + Tools.BudgetArgument.Field;

    public static ToolAnnotations Reads => new() { ReadOnlyHint = true, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = false };

    public static ToolDefinition Add(TimeProvider time) => new(
        new Tool
        {
            Name = "task_add",
            Title = "Add tasks",
            Description = "Put tasks into the durable queue, all or none. Each is done by a fresh worker as soon as there is room, tried again where that may help, "
                + "and survives restarts. Other fields are as of worker_spawn.",
            InputSchema = WorkerTool.Schema(
                $$$$"""
                {"type":"object","properties":{
                "tasks":{"type":"array","minItems":1,"maxItems":1000,"items":{"type":"object","properties":{
                {{{{TemplateFields}}}},
                "after":{"type":"array","items":{"type":"string"},"description":"ids or keys of tasks to be completed first"},
                "at":{"type":"string","description":"not before: 2026-03-01T03:00:00Z, or from now 15m, 2h"},
                "key":{"type":"string","description":"your name for it: adding it twice is adding it once"}
                },"required":["prompt"],"additionalProperties":false}}
                },"required":["tasks"],"additionalProperties":false}
                """),
            OutputSchema = WorkerTool.Schema(TaskSchemas.AddedTasks),
            Annotations = new() { ReadOnlyHint = false, DestructiveHint = false, IdempotentHint = false, OpenWorldHint = true },
        },
        async (arguments, call, cancellationToken) =>
        {
            var given = arguments.Objects("tasks", TaskArguments.RequestNames);
            if (given.Count is 0 or > AtOnceMax)
            {
                throw arguments.Refuse($"'tasks' has {given.Count} entries; allowed are 1 to {AtOnceMax}");
            }

            var now = time.GetUtcNow();
            var added = await call.Tasks.AddAsync([.. given.Select(task => task.Request(now))], cancellationToken);
            return ToolAnswer.Of(new JsonArray([.. added.Select(each =>
            {
                var json = TaskView.Brief(each.Task);
                json["added"] = each.IsNew;
                if (each.IsNew && call.Tasks.BudgetWarnings(each.Task) is { Count: > 0 } warnings)
                {
                    json["warnings"] = WorkspaceForms.Texts(warnings);
                }

                return (JsonNode)json;
            })]));
        })
    {
        Set = ToolSetNames.Tasks,
    };

    public static ToolDefinition List { get; } = new(
        new Tool
        {
            Name = "task_list",
            Title = "List tasks",
            Description = "Tasks, the newest first.",
            InputSchema = WorkerTool.Schema(
                """
                {"type":"object","properties":{
                "status":{"type":"string","enum":["open","waiting","parked","running","completed","failed","cancelled","dead"],"description":"open: the first three"},
                "role":{"type":"string"},
                "queue":{"type":"string"},
                "limit":{"type":"integer","minimum":1,"maximum":200,"default":50},
                "before":{"type":"string","description":"next_before of the page before"}
                },"additionalProperties":false}
                """),
            OutputSchema = WorkerTool.Schema(TaskSchemas.Page),
            Annotations = Reads,
        },
        async (arguments, call, cancellationToken) => ToolAnswer.Of(TaskView.Of(await call.Tasks.ListAsync(
            new TaskQuery
            {
                States = StatesOf(arguments),
                Role = arguments.OptionalText("role"),
                Queue = arguments.OptionalText("queue"),
                Limit = arguments.Integer("limit", 50, 1, ListMax),
                Before = arguments.OptionalText("before") switch
                {
                    null => null,
                    var text when long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out long before) => before,
                    var text => throw arguments.Refuse($"'before' is \"{text}\"; it must be the next_before of a page"),
                },
            },
            cancellationToken), call.Manager)))
    {
        Set = ToolSetNames.Tasks,
    };

    public static ToolDefinition Show { get; } = new(
        new Tool
        {
            Name = "task_show",
            Title = "Show a task",
            Description = "All of a task: what it waits for, its attempts, and the result of the last one.",
            InputSchema = WorkerTool.Schema(
                """{"type":"object","properties":{"task_id":{"type":"string","description":"or its key"}},"required":["task_id"],"additionalProperties":false}"""),
            OutputSchema = WorkerTool.Schema(TaskSchemas.Whole),
            Annotations = Reads,
        },
        async (arguments, call, cancellationToken) => ToolAnswer.Of(await TaskView.WithResultAsync(
            await call.Tasks.FindAsync(arguments.Text("task_id"), cancellationToken), call.Manager, cancellationToken)))
    {
        Set = ToolSetNames.Tasks,
    };

    public static ToolDefinition Wait { get; } = new(
        new Tool
        {
            Name = "task_wait",
            Title = "Wait for tasks",
            Description = "Waits until all of them are over (completed, failed, cancelled, dead), or for timeout; call it again then. task_show gives a result.",
            InputSchema = WorkerTool.Schema(
                """
                {"type":"object","properties":{
                "task_ids":{"type":"array","items":{"type":"string"},"minItems":1},
                "timeout":{"type":"number","minimum":0,"maximum":300,"default":50,"description":"seconds"}
                },"required":["task_ids"],"additionalProperties":false}
                """),
            OutputSchema = WorkerTool.Schema(TaskSchemas.Waited),
            Annotations = Reads,
        },
        async (arguments, call, cancellationToken) =>
        {
            var timeout = arguments.Seconds("timeout", 50, 0, WaitMax);
            var tasks = await Task.WhenAll(TaskChangeTools.Ids(arguments).Select(id => call.Tasks.WaitAsync(id, timeout, cancellationToken)));
            return ToolAnswer.Of(new JsonObject
            {
                ["over"] = tasks.All(task => task.State.IsOver()),
                ["tasks"] = new JsonArray([.. tasks.Select(task => (JsonNode)TaskView.Brief(task, call.Manager))]),
            });
        })
    {
        Set = ToolSetNames.Tasks,
    };

    private static IReadOnlyList<TaskState> StatesOf(ToolArguments arguments) => arguments.OptionalChoice("status", ["open", .. TaskNames.States]) switch
    {
        null => [],
        "open" => [TaskState.Waiting, TaskState.Parked, TaskState.Running],
        var name => TaskNames.TryParse(name, out TaskState state) ? [state] : [],
    };
}
