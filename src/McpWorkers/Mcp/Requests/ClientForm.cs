using System.Text;
using System.Text.Json;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Requests;

/// <summary>A request as a form that an MCP client shows to its user, and what the user said in it. Pure.</summary>
internal static class ClientForm
{
    private const string AnswerField = "answer";
    private const string ChoiceField = "choice";
    private const string DecisionField = "decision";
    private const string NoteField = "note";
    private const string Allow = "allow";
    private const string Deny = "deny";

    // Hosts show a form in a dialog. Nobody is to allow what he cannot see, so that a longer request is not asked this way at all.
    private const int ShownMax = 20_000;

    public static bool CanShow(WorkerRequest request) => request.Text.Length + (request.Input?.Length ?? 0) <= ShownMax && !request.Text.EndsWith(AgentText.Cut, StringComparison.Ordinal);

    /// <param name="notTaken">Why what the user said to it before was not taken; null where he said nothing yet.</param>
    public static ElicitRequestParams Of(WorkerRequest request, string? notTaken = null) => new()
    {
        Message = notTaken is null ? Message(request) : $"Your last answer was not taken: {notTaken}\n\n{Message(request)}",
        RequestedSchema = request.Kind == RequestKind.Question ? Question(request.Options) : Decision(),
    };

    /// <summary>What the user decided; null where that was left to others.</summary>
    public static RequestVerdict? Read(WorkerRequest request, ElicitResult result)
    {
        if (!result.IsAccepted)
        {
            return null;
        }

        if (request.Kind == RequestKind.Question)
        {
            return (TextOf(result, AnswerField) ?? TextOf(result, ChoiceField)) is { } answer ? new RequestVerdict.Answer(answer) : null;
        }

        return TextOf(result, DecisionField) switch
        {
            Allow => new RequestVerdict.Allow(TextOf(result, NoteField)),
            Deny => new RequestVerdict.Deny(TextOf(result, NoteField)),
            _ => null,
        };
    }

    private static string Message(WorkerRequest request)
    {
        string who = request.WorkerId is { } worker ? $"Worker {worker} ({request.WorkerType})" : $"Task {request.TaskId}";
        var text = new StringBuilder();
        text.Append(request.Kind switch
        {
            RequestKind.Question => $"{who} asks: ",
            RequestKind.Permission => $"{who} asks leave to use {AgentText.Clean(request.Tool ?? "a tool", 200)}: ",
            RequestKind.Budget => $"{who} has spent what it may: ",
            _ => $"{who} waits for leave to begin: ",
        });

        // Nothing is taken out: what cannot be seen must be seen before it is allowed.
        text.Append(AgentText.Visible(request.Text));
        if (request.Input is { } input)
        {
            text.Append("\n\n").Append(AgentText.Visible(input));
        }

        if (request.WorkingDirectory is { } directory)
        {
            text.Append("\n\nIn ").Append(AgentText.Visible(directory));
        }

        if (request.Why is { } why)
        {
            text.Append("\n\nNo rule decided it: ").Append(AgentText.Visible(why));
        }

        return text.Append("\n\nAn agent wrote this: check it. (").Append(request.RequestId).Append(')').ToString();
    }

    private static ElicitRequestParams.RequestSchema Question(IReadOnlyList<string> options)
    {
        var schema = new ElicitRequestParams.RequestSchema();
        if (options.Count > 0)
        {
            schema.Properties[ChoiceField] = new ElicitRequestParams.UntitledSingleSelectEnumSchema
            {
                Title = "What the worker proposes",
                Enum = [.. options.Distinct()],
            };
            schema.Properties[AnswerField] = new ElicitRequestParams.StringSchema { Title = "Or in your own words" };
        }
        else
        {
            schema.Properties[AnswerField] = new ElicitRequestParams.StringSchema { Title = "Answer" };
            schema.Required = [AnswerField];
        }

        return schema;
    }

    private static ElicitRequestParams.RequestSchema Decision() => new()
    {
        Properties =
        {
            [DecisionField] = new ElicitRequestParams.UntitledSingleSelectEnumSchema { Title = "Decision", Enum = [Allow, Deny] },
            [NoteField] = new ElicitRequestParams.StringSchema { Title = "A word to the worker" },
        },
        Required = [DecisionField],
    };

    private static string? TextOf(ElicitResult result, string field) =>
        result.Content is { } content && content.TryGetValue(field, out var value) && value.ValueKind == JsonValueKind.String
        && value.GetString() is { } text && !string.IsNullOrWhiteSpace(text)
            ? text
            : null;
}
