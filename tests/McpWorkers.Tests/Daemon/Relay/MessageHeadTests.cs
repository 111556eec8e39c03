using System.Text;
using McpWorkers.Daemon.Relay;
using Xunit;

namespace McpWorkers.Tests.Daemon.Relay;

public sealed class MessageHeadTests
{
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"worker_list","arguments":{"name":"x","id":9}}}""", "Request n1 tools/call worker_list")]
    [InlineData("""{"params":{"arguments":{"a":[1,{"b":2}]},"name":"worker_list"},"method":"tools/call","jsonrpc":"2.0","id":"a"}""", "Request sa tools/call worker_list")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/initialized"}""", "Notification  notifications/initialized ")]
    [InlineData("""{"result":{"id":7,"method":"x"},"id":3,"jsonrpc":"2.0"}""", "Answer n3  ")]
    [InlineData("""{"error":{"code":-1,"message":"m"},"id":3,"jsonrpc":"2.0"}""", "Answer n3  ")]
    [InlineData("""{"jsonrpc":"2.0","id":null,"error":{"code":-32700}}""", "Unknown   ")]
    [InlineData("""{"id":1,"method":"ping"}""", "Unknown n1 ping ")]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"method":"ping"}]""", "Unknown   ")]
    [InlineData("not json", "Unknown   ")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"pi""", "Unknown   ")]
    [InlineData("""{"jsonrpc":"2.0","id":{"a":1},"method":"ping","params":[1]}""", "Notification  ping ")]
    public void Enough_is_read_of_a_line(string line, string expected)
    {
        var head = MessageHead.Read(Encoding.UTF8.GetBytes(line + "\n"));

        Assert.Equal(expected, $"{head.Kind} {head.Id} {head.Method} {head.Name}");
    }

    [Fact]
    public void Same_id_is_the_same_however_it_is_escaped()
    {
        Assert.Equal(
            MessageHead.Read("{\"jsonrpc\":\"2.0\",\"id\":\"a/é\",\"method\":\"ping\"}"u8).Id,
            MessageHead.Read("""{"jsonrpc":"2.0","id":"a\/\u00E9","result":{}}"""u8).Id);
        Assert.Equal("7", MessageHead.ToJson("n7"));
        Assert.Equal("\"a\\u0022b\"", MessageHead.ToJson("sa\"b"));
    }

    [Fact]
    public void Cancelled_request_and_resource_are_named()
    {
        Assert.Equal("n4", MessageHead.Read("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":4}}"""u8).About);
        Assert.Equal("mcpworkers://workers", MessageHead.Read("""{"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"mcpworkers://workers"}}"""u8).Uri);
    }
}
