using McpWorkers.Daemon;
using Xunit;

namespace McpWorkers.Tests.Daemon;

public sealed class DaemonVersionTests
{
    [Theory]
    [InlineData("1.2.0", 1, "1.2.0", 1, nameof(DaemonFit.Same))]
    [InlineData("1.2.0", 1, "1.1.9", 1, nameof(DaemonFit.Older))]
    [InlineData("1.10.0", 1, "1.9.0", 1, nameof(DaemonFit.Older))]
    [InlineData("1.2.0", 1, "1.3.0", 1, nameof(DaemonFit.Same))]
    [InlineData("1.2.0", 1, "1.3.0", 2, nameof(DaemonFit.TooNew))]
    [InlineData("1.2.0", 2, "1.3.0", 1, nameof(DaemonFit.Older))]
    [InlineData("1.2.0", 1, "1.2.0-beta.1", 1, nameof(DaemonFit.Older))]
    [InlineData("1.2.0-beta.1", 1, "1.2.0", 1, nameof(DaemonFit.Same))]
    [InlineData("1.2.0-beta.2", 1, "1.2.0-beta.1", 1, nameof(DaemonFit.Older))]
    [InlineData("1.2.0", 1, "nonsense", 1, nameof(DaemonFit.Older))]
    public void Client_replaces_what_is_older_and_uses_what_it_understands(string client, int speaks, string daemon, int answers, string fit) =>
        Assert.Equal(fit, new DaemonVersion(client, speaks).Judge(new(daemon, answers)).ToString());
}
