using McpWorkers.Engine.Tasks.Schedules;
using Xunit;

namespace McpWorkers.Tests.Tasks.Schedules;

public sealed class ServiceSignTests
{
    [Theory]
    [InlineData("SYSTEMD_EXEC_PID", "42", 42, true)]
    [InlineData("SYSTEMD_EXEC_PID", "41", 42, false)]
    [InlineData("INVOCATION_ID", "0123", 42, false)]
    [InlineData("XPC_SERVICE_NAME", "org.mcpworkers.daemon", 42, true)]
    [InlineData("XPC_SERVICE_NAME", "0", 42, false)]
    [InlineData("NOTHING", "", 1, true)]
    public void A_service_is_known_by_what_its_manager_gives_it(string variable, string value, int processId, bool isService) =>
        Assert.Equal(isService, ServiceSign.IsService(name => name == variable ? value : null, processId));
}
