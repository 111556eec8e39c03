using ModelContextProtocol.Server;

namespace McpWorkers.Tests.Conformance.Fixtures;

/// <summary>All that the suites look for, shared by all servers of one host, and the changes of which subscribers are told.</summary>
internal sealed class FixtureSet
{
    public FixtureSet()
    {
        ContentFixtures.AddTo(this);
        MessageFixtures.AddTo(this);
        QuestionFixtures.AddTo(this);
        ChangeFixtures.AddTo(this);
        InputRequiredFixtures.AddTo(this);
        TaskFixtures.AddTo(this);
        PromptFixtures.AddTo(this);
        Tools.Changed += (_, _) => Changes.Tell(new(ChangeKind.Tools));
        Prompts.Changed += (_, _) => Changes.Tell(new(ChangeKind.Prompts));
        Resources.Changed += (_, _) => Changes.Tell(new(ChangeKind.Resources));
        Tasks.Changed += task => Changes.Tell(new(ChangeKind.Task, task));
    }

    public McpServerPrimitiveCollection<McpServerTool> Tools { get; } = [];

    public McpServerPrimitiveCollection<McpServerPrompt> Prompts { get; } = [];

    public McpServerResourceCollection Resources { get; } = [];

    public FixtureTasks Tasks { get; } = new();

    public Changes Changes { get; } = new();

    public void Tool(string name, FixtureBody body, string schema = FixtureTool.NoArguments) => Tools.Add(new FixtureTool(name, body, schema));

    public void Tool(string name, Func<RequestContext<ModelContextProtocol.Protocol.CallToolRequestParams>, string> body) =>
        Tool(name, (request, _) => Task.FromResult(FixtureTool.Text(body(request))));
}
