using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests.Policy;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Requests;

/// <content>What becomes of a request as it is asked.</content>
public sealed partial class RequestManager
{
    private WorkerRequest New(RequestDraft draft)
    {
        var now = _time.GetUtcNow();
        return new()
        {
            RequestId = "req_" + DataDirectory.NewId(IdDigits),
            Kind = draft.Kind,
            Key = draft.Key,
            RunId = draft.RunId,
            WorkerId = draft.WorkerId,
            WorkerType = draft.WorkerType,
            TaskId = draft.TaskId,
            Text = draft.Text,
            Tool = draft.Tool,
            Input = draft.Input,
            WorkingDirectory = draft.WorkingDirectory,
            Options = draft.Options,
            Digest = draft.Digest(),
            Created = now,
            Expires = now + _settings.Expiry,
        };
    }

    /// <summary>Leave for exactly this call that came after its run had ended its turn. It is used up by this.</summary>
    private async Task<WorkerRequest?> TakeLeaveAsync(RequestDraft draft)
    {
        if (draft is not { Kind: RequestKind.Permission, Continues: { } before })
        {
            return null;
        }

        var given = await AllAsync(new RequestQuery { RunId = before, Kinds = [RequestKind.Permission], States = [RequestState.Allowed] });
        foreach (var leave in given.Where(leave =>
            leave.Delivered is null && leave.Tool == draft.Tool && leave.WorkingDirectory == draft.WorkingDirectory && IsSame(leave.Input, draft.Input)))
        {
            if (await DeliverAsync(leave))
            {
                return leave;
            }
        }

        return null;
    }

    /// <summary>The same values; an agent that says them again may say them in another order.</summary>
    private static bool IsSame(string? one, string? other)
    {
        try
        {
            return one == other || (one is not null && other is not null && JsonNode.DeepEquals(JsonNode.Parse(one), JsonNode.Parse(other)));
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>A permission is decided by a rule where one does.</summary>
    private WorkerRequest WithPolicy(RequestDraft draft, WorkerRequest request)
    {
        if (draft.Kind != RequestKind.Permission)
        {
            return request;
        }

        if (Encoding.UTF8.GetByteCount(draft.Input ?? "") > RequestDraft.InputBytesMax)
        {
            return Decided(request with { Input = null }, RequestState.Denied, "policy: input too long", "Its input is too long to be looked at by anybody.");
        }

        var decision = PermissionPolicy.Decide(
            _settings, draft.Autonomy ?? _settings.Autonomy, new ToolUse(draft.Tool ?? "", draft.Input ?? "{}", draft.WorkingDirectory ?? "/"), PathFacts.OfThisMachine);
        return decision.Kind switch
        {
            PolicyDecisionKind.Allow => Decided(request, RequestState.Allowed, "policy: " + decision.Rule, null),
            PolicyDecisionKind.Deny => Decided(request, RequestState.Denied, "policy: " + decision.Rule, "A rule of this host denies it. Do not try it in another way."),
            _ => request with { Why = AgentText.Clean(decision.Rule, 300) },
        };
    }

    private static WorkerRequest Decided(WorkerRequest request, RequestState state, string by, string? answer) =>
        request with { State = state, DecidedBy = AgentText.Clean(by, 300), Answer = answer, Decided = request.Created, Delivered = request.Created };
}
