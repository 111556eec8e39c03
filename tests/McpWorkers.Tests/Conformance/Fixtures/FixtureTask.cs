using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Tests.Conformance.Fixtures;

/// <summary>One task of a fixture (SEP-2663).</summary>
internal sealed class FixtureTask(Action<FixtureTask> changed) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (InputRequest Request, TaskCompletionSource<InputResponse> Answer)> _questions = [];
    private readonly DateTimeOffset _created = TimeProvider.System.GetUtcNow();
    private DateTimeOffset _updated = TimeProvider.System.GetUtcNow();
    private string _status = "working";
    private JsonNode? _result;
    private JsonNode? _error;

    public string Id { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    public CancellationTokenSource Cancellation { get; } = new();

    /// <summary>Runs the tool; whatever comes of it becomes the task's state.</summary>
    public async Task RunAsync(Func<FixtureTask, CancellationToken, Task<CallToolResult>> body)
    {
        try
        {
            End("completed", result: JsonOf(await body(this, Cancellation.Token)));
        }
        catch (OperationCanceledException) when (Cancellation.IsCancellationRequested)
        {
            End("cancelled");
        }
        catch (McpProtocolException e)
        {
            End("failed", error: new JsonObject { ["code"] = (int)e.ErrorCode, ["message"] = e.Message });
        }
        catch (McpException e)
        {
            End("completed", result: JsonOf(new() { IsError = true, Content = [new TextContentBlock { Text = e.Message }] }));
        }
    }

    /// <summary>Rests until the client answers by <c>tasks/update</c>.</summary>
    public Task<InputResponse> AskAsync(string key, InputRequest request, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<InputResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _questions.Add(key, (request, answer));
            _status = "input_required";
            _updated = TimeProvider.System.GetUtcNow();
        }

        changed(this);
        return answer.Task.WaitAsync(cancellationToken);
    }

    public void Answer(string key, InputResponse response)
    {
        TaskCompletionSource<InputResponse> answer;
        lock (_lock)
        {
            if (!_questions.Remove(key, out var question))
            {
                return;
            }

            answer = question.Answer;
            _status = _questions.Count == 0 ? "working" : _status;
            _updated = TimeProvider.System.GetUtcNow();
        }

        answer.TrySetResult(response);
        changed(this);
    }

    public JsonObject ToJson(string? resultType)
    {
        lock (_lock)
        {
            var json = new JsonObject();
            if (resultType is not null)
            {
                json["resultType"] = resultType;
            }

            json["taskId"] = Id;
            json["status"] = _status;
            json["createdAt"] = _created.UtcDateTime.ToString("O");
            json["lastUpdatedAt"] = _updated.UtcDateTime.ToString("O");
            json["ttlMs"] = 3_600_000;
            json["pollIntervalMs"] = 500;
            if (_result is not null)
            {
                json["result"] = _result.DeepClone();
            }

            if (_error is not null)
            {
                json["error"] = _error.DeepClone();
            }

            if (_status == "input_required")
            {
                json["inputRequests"] = new JsonObject(_questions.Select(question => KeyValuePair.Create(
                    question.Key,
                    JsonSerializer.SerializeToNode(question.Value.Request, McpJsonUtilities.GetTypeInfo<InputRequest>(McpJsonUtilities.DefaultOptions)))));
            }

            return json;
        }
    }

    public void Dispose() => Cancellation.Dispose();

    private void End(string status, JsonNode? result = null, JsonNode? error = null)
    {
        lock (_lock)
        {
            (_status, _result, _error, _updated) = (status, result, error, TimeProvider.System.GetUtcNow());
        }

        changed(this);
    }

    private static JsonNode? JsonOf(CallToolResult result) =>
        JsonSerializer.SerializeToNode(result, McpJsonUtilities.GetTypeInfo<CallToolResult>(McpJsonUtilities.DefaultOptions));
}
