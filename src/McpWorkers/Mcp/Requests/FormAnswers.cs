using System.Text.Json;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Requests;

/// <summary>What became of what a client's user said to a request.</summary>
/// <param name="IsLeft">He decided nothing: it stays for others.</param>
/// <param name="NotTaken">Why it is still pending although he said something, for him to read; null where it is not.</param>
internal sealed record FormOutcome(bool IsLeft, RefusedException? NotTaken)
{
    public static readonly FormOutcome Decided = new(false, null);
    public static readonly FormOutcome Left = new(true, null);

    /// <summary>Said otherwise it would be taken; else it is not his fault, and the same may be said again.</summary>
    public bool IsWrong => NotTaken?.Code == RefusalCode.InvalidArgument;
}

/// <summary>Takes what clients' users say in forms. Nothing that was said is lost without a word.</summary>
internal static class FormAnswers
{
    /// <summary>Recorded with a decision that came this way.</summary>
    public const string By = "elicitation";

    /// <param name="requestId">What the client was shown: never another one, since what is asked under an id does not change.</param>
    public static async Task<FormOutcome> TakeAsync(WorkerManager manager, string requestId, ElicitResult? said, CancellationToken cancellationToken)
    {
        try
        {
            var request = await manager.Requests.FindAsync(requestId, cancellationToken);
            if (said is null || ClientForm.Read(request, said) is not { } verdict)
            {
                return request.IsPending ? FormOutcome.Left : FormOutcome.Decided;
            }

            await manager.Requests.AnswerAsync(requestId, verdict, By, request.Digest);
            return FormOutcome.Decided;
        }
        catch (RefusedException refused) when (refused.Code is RefusalCode.InvalidArgument or RefusalCode.NotFound && !IsPending(manager, requestId))
        {
            // Decided meanwhile by somebody else: there is nothing left to say to it.
            return FormOutcome.Decided;
        }
        catch (RefusedException refused)
        {
            return new(false, refused);
        }
    }

    public static bool IsPending(WorkerManager manager, string requestId) => manager.Requests.Pending.Any(request => request.RequestId == requestId);

    /// <summary>Null where it is no answer to a form.</summary>
    public static ElicitResult? Read(InputResponse response)
    {
        try
        {
            return response.Deserialize(InputResponse.ElicitResultJsonTypeInfo);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
