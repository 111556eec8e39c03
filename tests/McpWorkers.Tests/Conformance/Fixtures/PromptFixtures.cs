using ModelContextProtocol.Protocol;
using static McpWorkers.Tests.Conformance.Fixtures.FixturePrompt;

namespace McpWorkers.Tests.Conformance.Fixtures;

internal static class PromptFixtures
{
    public static void AddTo(FixtureSet set)
    {
        set.Prompts.Add(new FixturePrompt("test_simple_prompt", [], _ => Say("This is a simple prompt for testing.")));
        set.Prompts.Add(new FixturePrompt(
            "test_prompt_with_arguments",
            [new() { Name = "arg1", Required = true, Description = "First" }, new() { Name = "arg2", Required = true, Description = "Second" }],
            request => Say($"Prompt with arguments: arg1='{Argument(request, "arg1")}', arg2='{Argument(request, "arg2")}'")));
        set.Prompts.Add(new FixturePrompt(
            "test_prompt_with_embedded_resource",
            [new() { Name = "resourceUri", Required = true, Description = "URI" }],
            request => Say(
                ContentFixtures.Embedded(Argument(request, "resourceUri"), "text/plain", "Embedded resource content for testing."),
                new TextContentBlock { Text = "Please process the embedded resource above." })));
        set.Prompts.Add(new FixturePrompt("test_prompt_with_image", [], _ => Say(
            ImageContentBlock.FromBytes(ContentFixtures.Png, "image/png"), new TextContentBlock { Text = "Please analyze the image above." })));
    }
}
