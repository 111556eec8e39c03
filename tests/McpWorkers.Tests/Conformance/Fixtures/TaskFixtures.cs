using System.Globalization;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using static McpWorkers.Tests.Conformance.Fixtures.FixtureTool;

namespace McpWorkers.Tests.Conformance.Fixtures;

/// <summary>Tools that may, or must, run as tasks.</summary>
internal static class TaskFixtures
{
    public static void AddTo(FixtureSet set)
    {
        set.Tool(
            "greet", (request, _) => Task.FromResult(Text($"Hello, {Argument(request, "name")}!")),
            """{"type":"object","properties":{"name":{"type":"string"}}}""");
        set.Tool(
            "slow_compute",
            async (request, cancellationToken) =>
            {
                double seconds = double.TryParse(Argument(request, "seconds"), CultureInfo.InvariantCulture, out double given) ? given : 0;
                await Task.Delay(TimeSpan.FromSeconds(seconds), cancellationToken);
                return Text("computed");
            },
            """{"type":"object","properties":{"seconds":{"type":"integer"},"label":{"type":"string"}}}""");
        set.Tasks.Use("slow_compute", new(IsRequired: false));
        set.Tool("failing_job", async (_, cancellationToken) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
            throw new McpException("the job failed");
        });
        set.Tasks.Use("failing_job", new(IsRequired: true));
        set.Tool("protocol_error_job", _ => throw new McpProtocolException("protocol-level failure", McpErrorCode.InternalError));
        set.Tasks.Use("protocol_error_job", new(IsRequired: false));
        set.Tool("confirm_delete", (_, _) => Task.FromResult(Text("not a task")), """{"type":"object","properties":{"filename":{"type":"string"}}}""");
        set.Tasks.Use("confirm_delete", new(IsRequired: false, async (task, cancellationToken) =>
        {
            var response = await task.AskAsync("confirm", Ask("Delete?", "confirm", new ElicitRequestParams.BooleanSchema()), cancellationToken);
            return Text(response.Deserialize(InputResponse.ElicitResultJsonTypeInfo)?.Action == "accept" ? "Deleted" : "Kept");
        }));
        set.Tool("multi_input", _ => "not a task");
        set.Tasks.Use("multi_input", new(IsRequired: false, async (task, cancellationToken) =>
        {
            await Task.WhenAll(
                task.AskAsync("first", Ask("First?", "value", new ElicitRequestParams.StringSchema()), cancellationToken),
                task.AskAsync("second", Ask("Second?", "value", new ElicitRequestParams.StringSchema()), cancellationToken));
            return Text("both received");
        }));
        set.Tool("test_tool_with_task", request => $"Hello, {InputRequiredFixtures.NameIn(request.Params)}!");
        set.Tasks.Use("test_tool_with_task", new(IsRequired: true, Before: request =>
        {
            if (InputRequiredFixtures.NameIn(request.Params) is null)
            {
                throw InputRequiredFixtures.Ask(null, ("user_name", InputRequiredFixtures.Name("What is your name?")));
            }
        }));
    }

    private static InputRequest Ask(string message, string field, ElicitRequestParams.PrimitiveSchemaDefinition schema) =>
        InputRequest.ForElicitation(new() { Message = message, RequestedSchema = new() { Properties = { [field] = schema } } });
}
