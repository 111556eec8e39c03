using McpWorkers.Daemon;
using Xunit;

namespace McpWorkers.Tests.Daemon;

public sealed class HelloTests
{
    [Fact]
    public void Hello_says_the_same_after_the_way_over_the_wire()
    {
        var hello = new ClientHello(new("1.2.3", 1), "cli", "/home/me/é", new Dictionary<string, string> { ["A"] = "x\ny", ["B"] = "" }, 42);

        var read = ClientHello.Parse(hello.ToLine());

        Assert.DoesNotContain('\n', hello.ToLine());
        Assert.Equal((hello.Version, hello.Kind, hello.WorkingDirectory, hello.Pid), (read.Version, read.Kind, read.WorkingDirectory, read.Pid));
        Assert.Equal(hello.Environment, read.Environment);
        Assert.Null(read.Tools);
    }

    [Fact]
    public void Hello_names_the_tool_sets_that_were_chosen()
    {
        var hello = new ClientHello(new("1.2.3", 1), "mcp", "/", new Dictionary<string, string>(), 42, ["workers", "workspaces"]);

        Assert.Equal(["workers", "workspaces"], ClientHello.Parse(hello.ToLine()).Tools);
    }

    [Theory]
    [InlineData("""["wrokers"]""", "tool set 'wrokers' is not known. Known: workers, workspaces, tasks, requests.")]
    [InlineData("[]", "names no tool set")]
    [InlineData("[7]", "cannot be read")]
    [InlineData("\"workers\"", "cannot be read")]
    public void A_hello_with_a_set_that_is_none_is_refused_with_the_reason(string tools, string reason)
    {
        string line = $$$"""{"mcpworkers":"hello","protocol":1,"version":"1","kind":"mcp","cwd":"/","environment":{},"pid":1,"tools":{{{tools}}}}""";

        Assert.Contains(reason, Assert.Throws<FormatException>(() => ClientHello.Parse(line)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET / HTTP/1.1")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"initialize"}""")]
    [InlineData("""{"mcpworkers":"hello"}""")]
    [InlineData("""{"mcpworkers":"hello","protocol":"one","version":"1","kind":"cli","cwd":"/","environment":{},"pid":1}""")]
    [InlineData("""{"mcpworkers":"hello","protocol":1,"version":"1","kind":"cli","cwd":"here","environment":{},"pid":1}""")]
    [InlineData("""{"mcpworkers":"hello","protocol":1,"version":"1","kind":"cli","cwd":"/","environment":[],"pid":1}""")]
    [InlineData("""{"mcpworkers":"hello","protocol":1,"version":"1","kind":"cli","cwd":"/","environment":{"A":7},"pid":1}""")]
    [InlineData("""{"mcpworkers":"hello","protocol":1,"version":"1","kind":"cli","cwd":"/","environment":{"A":"x","A":"y"},"pid":1}""")]
    public void What_is_no_hello_is_said_to_be_none(string line) => Assert.Throws<FormatException>(() => ClientHello.Parse(line));

    [Fact]
    public void Answers_say_the_same_after_the_way_over_the_wire()
    {
        DaemonAnswer welcome = new DaemonAnswer.Welcome(new("1.2.3", 1), 7, "/data", null);
        DaemonAnswer refused = new DaemonAnswer.Refused("no \"way\"");

        Assert.Equal(welcome, DaemonAnswer.Parse(welcome.ToLine()));
        Assert.Equal(refused, DaemonAnswer.Parse(refused.ToLine()));
        Assert.Throws<FormatException>(() => DaemonAnswer.Parse("SSH-2.0-OpenSSH"));
    }

    [Fact]
    public void Goodbye_is_known_by_its_beginning()
    {
        byte[] line = System.Text.Encoding.UTF8.GetBytes(Goodbye.LineOf(LeaveReason.Replaced));

        Assert.True(Goodbye.Is(line));
        Assert.Equal("""{"mcpworkers":"goodbye","reason":"replaced"}""", System.Text.Encoding.UTF8.GetString(line));
        Assert.False(Goodbye.Is("{\"jsonrpc\":\"2.0\"}"u8));
    }
}
