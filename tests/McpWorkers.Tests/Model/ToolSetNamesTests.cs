using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Model;

public sealed class ToolSetNamesTests
{
    [Theory]
    [InlineData("workers", "workers")]
    [InlineData(" workspaces , workers,workspaces", "workers workspaces")]
    public void Names_are_read_each_once(string text, string names) => Assert.Equal(names, string.Join(' ', ToolSetNames.Parse(text, "--tools")));

    [Theory]
    [InlineData("wrokers", "--tools: tool set 'wrokers' is not known. Known: workers, workspaces, tasks, requests.")]
    [InlineData("workers,Workspaces", "--tools: tool set 'Workspaces' is not known. Known: workers, workspaces, tasks, requests.")]
    [InlineData("", "--tools has an empty name of a tool set. Known: workers, workspaces, tasks, requests.")]
    [InlineData("workers,", "--tools has an empty name of a tool set. Known: workers, workspaces, tasks, requests.")]
    public void What_is_no_set_is_refused_with_those_there_are(string text, string message) =>
        Assert.Equal(message, Assert.Throws<RefusedException>(() => ToolSetNames.Parse(text, "--tools")).Message);

    [Fact]
    public void A_choice_of_nothing_is_refused() =>
        Assert.Equal("x names no tool set. Known: workers, workspaces, tasks, requests.", Assert.Throws<RefusedException>(() => ToolSetNames.Check([], "x")).Message);
}
