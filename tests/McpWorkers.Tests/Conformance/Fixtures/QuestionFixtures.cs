using ModelContextProtocol.Protocol;
using static McpWorkers.Tests.Conformance.Fixtures.FixtureTool;

#pragma warning disable MCP9001, MCP9005 // The suites test what is deprecated too.

namespace McpWorkers.Tests.Conformance.Fixtures;

/// <summary>Tools that ask the client something while they run, as the revisions with sessions have it.</summary>
internal static class QuestionFixtures
{
    public static void AddTo(FixtureSet set)
    {
        set.Tool(
            "test_sampling",
            async (request, cancellationToken) =>
            {
                var answer = await request.Server.SampleAsync(
                    new CreateMessageRequestParams
                    {
                        MaxTokens = 100,
                        Messages = [new() { Role = Role.User, Content = [new TextContentBlock { Text = Argument(request, "prompt") }] }],
                    },
                    cancellationToken);
                return Text("LLM response: " + (answer.Content.FirstOrDefault() as TextContentBlock)?.Text);
            },
            """{"type":"object","properties":{"prompt":{"type":"string"}},"required":["prompt"]}""");
        set.Tool(
            "test_elicitation",
            async (request, cancellationToken) =>
            {
                var answer = await request.Server.ElicitAsync(
                    new ElicitRequestParams
                    {
                        Message = Argument(request, "message"),
                        RequestedSchema = new()
                        {
                            Properties =
                            {
                                ["username"] = new ElicitRequestParams.StringSchema { Description = "User's response" },
                                ["email"] = new ElicitRequestParams.StringSchema { Description = "User's email" },
                            },
                            Required = ["username", "email"],
                        },
                    },
                    cancellationToken);
                return Text($"User response: {answer.Action}");
            },
            """{"type":"object","properties":{"message":{"type":"string"}},"required":["message"]}""");
        Elicit(set, "test_elicitation_sep1034_defaults", new()
        {
            ["name"] = new ElicitRequestParams.StringSchema { Default = "John Doe" },
            ["age"] = new ElicitRequestParams.NumberSchema { Type = "integer", Default = 30 },
            ["score"] = new ElicitRequestParams.NumberSchema { Default = 95.5 },
            ["status"] = new ElicitRequestParams.UntitledSingleSelectEnumSchema { Enum = ["active", "inactive", "pending"], Default = "active" },
            ["verified"] = new ElicitRequestParams.BooleanSchema { Default = true },
        });
        Elicit(set, "test_elicitation_sep1330_enums", new()
        {
            ["untitledSingle"] = new ElicitRequestParams.UntitledSingleSelectEnumSchema { Enum = ["option1", "option2", "option3"] },
            ["titledSingle"] = new ElicitRequestParams.TitledSingleSelectEnumSchema
            {
                OneOf = [new() { Const = "value1", Title = "First Option" }, new() { Const = "value2", Title = "Second Option" }],
            },
            ["legacyEnum"] = new ElicitRequestParams.LegacyTitledEnumSchema { Enum = ["opt1", "opt2"], EnumNames = ["Option One", "Option Two"] },
            ["untitledMulti"] = new ElicitRequestParams.UntitledMultiSelectEnumSchema { Items = new() { Enum = ["option1", "option2"] } },
            ["titledMulti"] = new ElicitRequestParams.TitledMultiSelectEnumSchema
            {
                Items = new() { AnyOf = [new() { Const = "value1", Title = "First Choice" }, new() { Const = "value2", Title = "Second Choice" }] },
            },
        });
    }

    private static void Elicit(FixtureSet set, string name, Dictionary<string, ElicitRequestParams.PrimitiveSchemaDefinition> properties) =>
        set.Tool(name, async (request, cancellationToken) =>
        {
            var answer = await request.Server.ElicitAsync(
                new ElicitRequestParams { Message = "Please check the values", RequestedSchema = new() { Properties = properties } }, cancellationToken);
            return Text($"Elicitation completed: action={answer.Action}");
        });
}
