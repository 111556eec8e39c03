using McpWorkers.Engine.Execution.Processes;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

/// <summary>What this machine lets the tests do with control groups.</summary>
internal static class Cgroups
{
    /// <summary>Skips where no cgroup can be made.</summary>
    public static void Needed()
    {
        var made = RunCgroup.TryMake("tests", $"run_{Guid.NewGuid():N}");
        made?.Remove();
        Assert.SkipWhen(made is null, "No cgroup v2 can be made here.");
    }

    public static IEnumerable<string> Of(string mark) => RunCgroup.AllOf(mark).Select(each => each.Cgroup.Path);
}
