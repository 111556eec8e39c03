using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Http;

/// <summary>The OpenAPI document is whole: every reference leads somewhere, every route is in it, with what it needs.</summary>
public sealed class OpenApiTests
{
    private static readonly string[] Methods = ["get", "post", "delete"];

    [Fact(Timeout = 60_000)]
    public async Task The_document_is_a_valid_OpenAPI_3_1_structure()
    {
        await using var door = await OpenDoor.StartAsync();
        var document = (await door.GetAsync("/openapi/v1.json"))!.AsObject();

        Assert.Equal("3.1.0", document["openapi"]!.GetValue<string>());
        Assert.NotEmpty(document["info"]!["title"]!.GetValue<string>());
        Assert.NotEmpty(document["info"]!["version"]!.GetValue<string>());
        Assert.Equal("bearer", document["components"]!["securitySchemes"]!["token"]!["scheme"]!.GetValue<string>());
        var ids = new List<string>();
        foreach (var (path, item) in document["paths"]!.AsObject())
        {
            Assert.StartsWith("/", path, StringComparison.Ordinal);
            foreach (var (method, operation) in item!.AsObject())
            {
                Assert.Contains(method, Methods);
                ids.Add(operation!["operationId"]!.GetValue<string>());
                CheckOperation(path, method, operation.AsObject());
            }
        }

        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[a-zA-Z0-9]+$", id));
        Assert.All(References(document), reference => Assert.NotNull(Resolve(document, reference)));
    }

    [Fact(Timeout = 60_000)]
    public async Task Every_verb_is_in_it()
    {
        await using var door = await OpenDoor.StartAsync();
        var paths = (await door.GetAsync("/openapi/v1.json"))!["paths"]!.AsObject();

        string[] operations = [.. paths.SelectMany(path => path.Value!.AsObject().Select(method => $"{method.Key.ToUpperInvariant()} {path.Key}")).Order(StringComparer.Ordinal)];

        Assert.Equal(
            [
                "DELETE /api/v1/workers/{worker_id}", "DELETE /api/v1/workspaces/{worker_id}", "GET /api/v1/budgets", "GET /api/v1/events", "GET /api/v1/facts",
                "GET /api/v1/health", "GET /api/v1/monitor", "GET /api/v1/queue", "GET /api/v1/requests", "GET /api/v1/requests/{request_id}", "GET /api/v1/results", "GET /api/v1/runs", "GET /api/v1/runs/{run_id}",
                "GET /api/v1/runs/{run_id}/log", "GET /api/v1/runs/{run_id}/output", "GET /api/v1/schedules", "GET /api/v1/system", "GET /api/v1/tasks", "GET /api/v1/tasks/wait",
                "GET /api/v1/tasks/{task_id}", "GET /api/v1/tasks/{task_id}/log", "GET /api/v1/totals", "GET /api/v1/trash",
                "GET /api/v1/trash/{trash_id}", "GET /api/v1/workers", "GET /api/v1/workers/{worker_id}", "GET /api/v1/workspaces",
                "GET /api/v1/workspaces/{worker_id}", "GET /api/v1/workspaces/{worker_id}/diff", "GET /health", "GET /health/ready", "GET /metrics",
                "GET /openapi/v1.json", "POST /api/v1/batch", "POST /api/v1/close-all", "POST /api/v1/page/session", "POST /api/v1/queue", "POST /api/v1/requests/{request_id}",
                "POST /api/v1/schedules", "POST /api/v1/schedules/{schedule_id}", "POST /api/v1/tasks", "POST /api/v1/tasks/cancel", "POST /api/v1/tasks/retry",
                "POST /api/v1/tasks/{task_id}/edit", "POST /api/v1/trash/empty",
                "POST /api/v1/trash/{trash_id}/restore", "POST /api/v1/workers",
                "POST /api/v1/workers/{worker_id}/cancel", "POST /api/v1/workers/{worker_id}/execute", "POST /api/v1/workspaces/merge",
                "POST /tools/call",
            ],
            operations);
    }

    private static void CheckOperation(string path, string method, JsonObject operation)
    {
        Assert.NotEmpty(operation["summary"]!.GetValue<string>());
        var parameters = operation["parameters"] as JsonArray ?? [];
        foreach (var parameter in parameters)
        {
            Assert.Contains(parameter!["in"]!.GetValue<string>(), (string[])["path", "query"]);
            Assert.NotNull(parameter["schema"]);
        }

        var inPath = parameters.Where(each => each!["in"]!.GetValue<string>() == "path").Select(each => each!["name"]!.GetValue<string>());
        Assert.Equal(path.Split('/').Where(word => word.StartsWith('{')).Select(word => word[1..^1]), inPath);
        Assert.True(method == "post" || !operation.ContainsKey("requestBody"));
        if (operation["requestBody"] is { } body)
        {
            var schema = body["content"]!["application/json"]!["schema"]!.AsObject();
            Assert.Equal("object", schema["type"]!.GetValue<string>());
            Assert.All(inPath, name => Assert.False(schema["properties"]!.AsObject().ContainsKey(name)));
        }

        var responses = operation["responses"]!.AsObject();
        Assert.NotNull(responses["default"]);
        var (status, success) = responses.First();
        Assert.StartsWith("2", status, StringComparison.Ordinal);
        Assert.NotEmpty(success!["description"]!.GetValue<string>());
        Assert.NotNull(Assert.Single(success["content"]!.AsObject()).Value!["schema"]);
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject json => json.SelectMany(each => each.Key == "$ref" ? [each.Value!.GetValue<string>()] : References(each.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };

    private static JsonNode? Resolve(JsonNode document, string reference)
    {
        Assert.StartsWith("#/", reference, StringComparison.Ordinal);
        return reference[2..].Split('/').Aggregate((JsonNode?)document, (node, word) => node?[word]);
    }
}
