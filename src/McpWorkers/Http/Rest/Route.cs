using System.Text.Json.Nodes;
using McpWorkers.Engine.Storage;
using Microsoft.AspNetCore.Http;

namespace McpWorkers.Http.Rest;

/// <summary>One method at one address, with all that the OpenAPI document says of it.</summary>
/// <param name="Template">Such as <c>/api/v1/workers/{worker_id}</c>.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Handle">Answers; what it refuses by exception becomes problem details.</param>
internal sealed record Route(string Method, string Template, string Summary, Func<RouteCall, Task> Handle)
{
    private readonly string[] _segments = Template.Split('/');

    /// <summary>What a token must allow. Null: the handler asks itself, or no token is needed.</summary>
    public TokenScope? Scope { get; init; }

    /// <summary>The tool that answers, whose schemas are the route's; null where it is none.</summary>
    public string? Tool { get; init; }

    public IReadOnlyList<RouteParameter> Query { get; init; } = [];

    /// <summary>The JSON schema of the body, where it is not the tool's; null for none.</summary>
    public string? BodySchema { get; init; }

    /// <summary>The JSON schema of the answer, where it is not the tool's; null for none.</summary>
    public string? AnswerSchema { get; init; }

    public string AnswerType { get; init; } = HttpAnswer.Json;

    /// <summary>The status of a success.</summary>
    public int Status { get; init; } = StatusCodes.Status200OK;

    public bool IsAlias { get; private init; }

    public IEnumerable<string> PathNames => _segments.Where(IsName).Select(static segment => segment[1..^1]);

    /// <summary>The values of the names in the template; null where the path is another.</summary>
    public Dictionary<string, string>? Match(string[] path)
    {
        if (path.Length != _segments.Length)
        {
            return null;
        }

        var values = new Dictionary<string, string>();
        for (int i = 0; i < path.Length; i++)
        {
            if (IsName(_segments[i]) && path[i].Length > 0)
            {
                values[_segments[i][1..^1]] = path[i];
            }
            else if (_segments[i] != path[i])
            {
                return null;
            }
        }

        return values;
    }

    /// <summary>The same route at another address, for clients that know only that one; not documented.</summary>
    public Route At(string address) => new(Method, address, Summary, Handle) { Scope = Scope, Query = Query, IsAlias = true };

    private static bool IsName(string segment) => segment.StartsWith('{');
}

/// <param name="Schema">As JSON.</param>
internal sealed record RouteParameter(string Name, string Schema, string Description);

/// <summary>One request at a route.</summary>
internal sealed record RouteCall(HttpContext Context, Route Route, IReadOnlyDictionary<string, string> Path)
{
    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>Null where it is not given.</summary>
    public string? Query(string name) => Context.Request.Query[name] is { Count: > 0 } given ? given.ToString() : null;

    public Task AnswerAsync(JsonNode body) => HttpAnswer.WriteAsync(Context, Route.Status, body);
}
