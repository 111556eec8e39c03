using System.Text;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>What an agent is told that had ended its turn before its answer came.</summary>
internal static class AnswerPrompt
{
    private const int QuoteMax = 300;

    private const string BegunBefore = "(This was begun before and broken off. Look at what is there already, and go on from that.)";

    public static string Of(IReadOnlyList<WorkerRequest> decided)
    {
        var prompt = new StringBuilder();
        foreach (var request in decided)
        {
            prompt.Append(TextOf(request)).Append("\n\n");
        }

        return prompt.Append("Go on with your work where you left off.").ToString();
    }

    /// <summary>For an agent that does not know what it has done before.</summary>
    /// <param name="whole">What it was told then.</param>
    public static string Anew(string whole, IReadOnlyList<WorkerRequest> decided)
    {
        var prompt = new StringBuilder();
        foreach (var request in decided.Where(request => request.Kind != RequestKind.Budget))
        {
            prompt.Append("\n\n").Append(TextOf(request));
        }

        prompt.Append("\n\n").Append(BegunBefore);
        string added = prompt.ToString();
        return whole.EndsWith(added, StringComparison.Ordinal) ? whole : whole + added;
    }

    private static string TextOf(WorkerRequest request) => (request.Kind, request.State) switch
    {
        (RequestKind.Question, RequestState.Denied) => $"Your question ({request.RequestId}): {Quote(request.Text)}\nNobody will answer it{Note(request)}. Decide yourself.",
        (RequestKind.Question, _) => $"Your question ({request.RequestId}): {Quote(request.Text)}\nThe answer: {request.Answer}",
        (RequestKind.Permission, _) when request.IsYes =>
            $"Your call of {request.Tool} ({request.RequestId}) is allowed now{Note(request)}. Make exactly the same call again, once.",
        (RequestKind.Permission, _) => $"Your call of {request.Tool} ({request.RequestId}) is denied{Note(request)}. Do not try it in another way.",
        _ => $"You were interrupted because what you may spend was spent; you may go on now{Note(request)}.",
    };

    private static string Note(WorkerRequest request) => request.Answer is { Length: > 0 } note ? $": {note}" : "";

    private static string Quote(string text) => text.Length <= QuoteMax ? text : text[..QuoteMax] + "…";
}
