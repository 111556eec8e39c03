using McpWorkers.Mcp.Requests;
using Xunit;

namespace McpWorkers.Tests.Mcp.Requests;

public sealed class CallSealTests : IDisposable
{
    private static readonly SealedCall Call = new("0123", "worker_execute", "abcd", ["req_1", "req_2"], ["req_0"]);

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("seal-");

    [Fact]
    public void What_was_sealed_is_opened_by_a_later_host_over_the_same_data()
    {
        string state = new CallSeal(_data.FullName).Seal(Call);

        var opened = new CallSeal(_data.FullName).Open(state)!;

        Assert.Equal((Call.CallId, Call.Tool, Call.Arguments), (opened.CallId, opened.Tool, opened.Arguments));
        Assert.Equal(Call.Asked, opened.Asked);
        Assert.Equal(Call.Left, opened.Left);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_data.FullName, "calls.key")));
        }
    }

    [Fact]
    public void What_was_changed_or_sealed_elsewhere_is_not_opened()
    {
        var seal = new CallSeal(_data.FullName);
        string state = seal.Seal(Call);
        string foreign = new CallSeal(Path.Combine(_data.FullName, "nowhere")).Seal(Call);
        string content = state[..state.IndexOf('.', StringComparison.Ordinal)];

        Assert.All(
            ["", ".", content, content + ".", "!" + state, state + "A", foreign, (state[0] == 'A' ? 'B' : 'A') + state[1..], state.Replace('.', '-')],
            changed => Assert.Null(seal.Open(changed)));
    }

    public void Dispose() => _data.Delete(recursive: true);
}
