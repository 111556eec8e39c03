using McpWorkers.Daemon;
using Xunit;

namespace McpWorkers.Tests.Daemon;

public sealed class DaemonHeapTests
{
    private const string Variable = "DOTNET_GCgen0size";

    [Fact]
    public void What_the_user_has_set_stands()
    {
        Assert.Equal("0x4000000", DaemonHeap.AddTo(new Dictionary<string, string> { [Variable] = "0x4000000" })[Variable]);
        Assert.Equal(["A", Variable], DaemonHeap.AddTo(new Dictionary<string, string> { ["A"] = "1" }).Keys);
    }
}
