using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;

namespace McpWorkers.Voice;

/// <summary>What an agent is told of its request. Pure.</summary>
internal static class VoiceAnswers
{
    public const string NobodyAsked =
        "The host could not be reached, so nobody was asked. Decide yourself: take the most cautious course, change nothing that cannot be undone, and say in your answer what you assumed.";

    /// <param name="request">As the daemon tells of it; null where it could not be asked.</param>
    public static string OfQuestion(JsonObject? request) => request is null ? NobodyAsked : StateOf(request) switch
    {
        RequestState.Pending => NotYet(request),
        RequestState.Denied => "Your question is not answered" + (AnswerOf(request) is { } why ? $": {why}" : ". Go on without an answer, and say what you assumed."),
        RequestState.Withdrawn => "Your question was withdrawn: the run is being ended. End your turn now.",
        _ => AnswerOf(request) ?? "Yes.",
    };

    /// <summary>As claude takes it: <c>{behavior: allow, updatedInput}</c> or <c>{behavior: deny, message}</c>.</summary>
    /// <param name="input">What was asked about, as JSON: it is allowed as it was asked, never changed.</param>
    public static string OfPermission(JsonObject? request, string input) => request is null
        ? Denial("The host that decides about permissions could not be reached. End your turn now.")
        : StateOf(request) switch
        {
            RequestState.Allowed => new JsonObject { ["behavior"] = "allow", ["updatedInput"] = JsonNode.Parse(input) }.ToJsonString(),
            RequestState.Pending => Denial(NotYet(request)),
            _ => Denial(AnswerOf(request) ?? RequestReplies.Denied),
        };

    public static string Denial(string message) => new JsonObject { ["behavior"] = "deny", ["message"] = message }.ToJsonString();

    private static string NotYet(JsonObject request) =>
        RequestReplies.NotYet((string?)request["request_id"] ?? "");

    private static string? AnswerOf(JsonObject request) => (string?)request["answer"] is { Length: > 0 } answer ? answer : null;

    /// <summary>What a newer daemon says and we do not know is no yes.</summary>
    private static RequestState StateOf(JsonObject request) =>
        RequestNames.TryParse((string?)request["state"], out RequestState state) ? state : RequestState.Denied;
}
