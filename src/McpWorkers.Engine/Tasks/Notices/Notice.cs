using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using McpWorkers.Engine.Requests;

namespace McpWorkers.Engine.Tasks.Notices;

/// <summary>Something that a person should know.</summary>
/// <param name="Subject">What it is about; the same whenever it is made of the same thing, and by it nobody is told twice.</param>
/// <param name="Text">One line.</param>
/// <param name="Body">What is sent. No prompt, and of outputs only what an error quotes: it goes to other programs.</param>
internal sealed record Notice(string Subject, string Text, JsonObject Body)
{
    /// <summary>Of a pool that gives no more; the same for as long as it is held.</summary>
    public static Notice OfPool(Breaker breaker)
    {
        string subject = string.Create(CultureInfo.InvariantCulture, $"pool:{breaker.Pool}:{breaker.Opened.UtcTicks}");
        string text = $"Pool {breaker.Pool} gives no more {(breaker.IsStated ? "until" : "for now; it is probed at")} {PoolHold.Time(breaker.Until)}: {breaker.Message}";
        return new(subject, text, new()
        {
            ["notice_id"] = subject,
            ["kind"] = "pool_parked",
            ["text"] = text,
            ["pool"] = breaker.Pool,
            ["signal"] = breaker.Signal,
            ["message"] = breaker.Message,
            ["stated"] = breaker.IsStated,
            ["since"] = breaker.Opened.ToString("O", CultureInfo.InvariantCulture),
            ["until"] = breaker.Until.ToString("O", CultureInfo.InvariantCulture),
        });
    }

    /// <summary>Of a pool that is held.</summary>
    public static Notice Of(Breaker breaker)
    {
        string subject = string.Create(CultureInfo.InvariantCulture, $"pool {breaker.Pool}:{breaker.Opened.UtcTicks}");
        string until = breaker.Until.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        string text = $"The service of pool {breaker.Pool} gives no more: what needs it waits, at least until {until}: {breaker.Message}";
        return new(subject, text, new()
        {
            ["notice_id"] = subject,
            ["kind"] = "pool_parked",
            ["text"] = text,
            ["pool"] = breaker.Pool,
            ["until"] = breaker.Until.ToString("O", CultureInfo.InvariantCulture),
            ["is_stated"] = breaker.IsStated,
            ["message"] = breaker.Message,
            ["created"] = breaker.Opened.ToString("O", CultureInfo.InvariantCulture),
        });
    }

    /// <summary>Null for one that is decided.</summary>
    public static Notice? Of(WorkerRequest request)
    {
        if (!request.IsPending)
        {
            return null;
        }

        string text = $"{request.RequestId} waits for an answer until {request.Expires.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}: {request.Kind.ToWire()}: {RequestLine.Of(request)}";
        return new(request.RequestId, text, new()
        {
            ["notice_id"] = request.RequestId,
            ["kind"] = "request",
            ["text"] = text,
            ["request_id"] = request.RequestId,
            ["request_kind"] = request.Kind.ToWire(),
            ["tool"] = request.Tool,
            ["worker_id"] = request.WorkerId,
            ["run_id"] = request.RunId,
            ["task_id"] = request.TaskId,
            ["created"] = request.Created.ToString("O", CultureInfo.InvariantCulture),
            ["expires"] = request.Expires.ToString("O", CultureInfo.InvariantCulture),
        });
    }

    /// <summary>Null where nobody need be told.</summary>
    public static Notice? Of(WorkTask task)
    {
        if (task.State is not (TaskState.Failed or TaskState.Dead) || task.Finished is not { } finished)
        {
            return null;
        }

        // With its time: a task that was tried again by hand may fail once more.
        string subject = string.Create(CultureInfo.InvariantCulture, $"{task.TaskId}:{finished.UtcTicks}");
        string status = task.State.ToWire();
        string text = $"Task {task.TaskId} ({task.Role}) {(task.State == TaskState.Dead ? "was put away: its workers died too often" : "failed")}"
            + (task.Detail.Length > 0 ? $": {task.Detail.ReplaceLineEndings(" ")}" : "");
        return new(subject, text, new()
        {
            ["notice_id"] = subject,
            ["kind"] = "task_" + status,
            ["text"] = text,
            ["task_id"] = task.TaskId,
            ["key"] = task.Key,
            ["role"] = task.Role,
            ["status"] = status,
            ["detail"] = task.Detail,
            ["source"] = task.Spec.Source,
            ["attempts"] = task.Attempts.Count,
            ["cause"] = task.LastAttempt?.Cause?.ToWire(),
            ["run_id"] = task.LastAttempt?.RunId,
            ["worker_id"] = task.LastAttempt?.WorkerId,
            ["working_directory"] = task.Spec.WorkingDirectory,
            ["created"] = task.Created.ToString("O", CultureInfo.InvariantCulture),
            ["finished"] = finished.ToString("O", CultureInfo.InvariantCulture),
        });
    }
}
