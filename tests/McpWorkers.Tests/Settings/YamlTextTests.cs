using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings;
using Xunit;

namespace McpWorkers.Tests.Settings;

public sealed class YamlTextTests
{
    [Theory]
    [InlineData("- a: 1\n  b: true\n  c: \"true\"\n  d: ~\n", """[{"a":"1","b":true,"c":"true","d":null}]""")]
    [InlineData("""[{"prompt":"x","after":["y"]}]""", """[{"prompt":"x","after":["y"]}]""")]
    [InlineData("- prompt: |\n    two\n    lines\n", """[{"prompt":"two\nlines\n"}]""")]
    [InlineData("# nothing\n", null)]
    public void Yaml_and_json_are_read_into_the_same(string text, string? json) => Assert.Equal(json, YamlText.Read(text, "here")?.ToJsonString());

    [Theory]
    [InlineData("a: 1\na: 2", "here: line 2: 'a' is there twice.")]
    [InlineData("- [", "here: line ")]
    [InlineData("a: 1\n---\nb: 2", "here: line ")]
    public void What_is_no_yaml_is_refused_with_its_line(string text, string said)
    {
        var refused = Assert.Throws<RefusedException>(() => YamlText.Read(text, "here"));

        Assert.Equal(RefusalCode.InvalidArgument, refused.Code);
        Assert.StartsWith(said, refused.Message, StringComparison.Ordinal);
    }
}
