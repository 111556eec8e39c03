using System.Runtime.InteropServices;
using McpWorkers.Engine.Workers;
using McpWorkers.Tests.Architecture;
using Xunit;

namespace McpWorkers.Tests;

/// <summary>Holds the direction of use between folders, as the built assemblies have it.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly string Engine = typeof(WorkerManager).Assembly.Location;

    private static readonly string Executable = Path.Combine(AppContext.BaseDirectory, "mcpworkers.dll");

    [Fact]
    public void Every_folder_uses_only_what_the_table_allows() =>
        Assert.Empty(DirectionOfUse.Violations([.. TypeUses.Of(Engine), .. TypeUses.Of(Executable)]));

    [Theory]
    [InlineData("McpWorkers.Engine.Model.A", "McpWorkers.Engine.Workers.B", "McpWorkers.Engine.Model.A uses McpWorkers.Engine.Workers.B, but Engine.Model may not use Engine.Workers.")]
    [InlineData("McpWorkers.Engine.Agents.Claude.A", "McpWorkers.Engine.Execution.Processes.B", "McpWorkers.Engine.Agents.Claude.A uses McpWorkers.Engine.Execution.Processes.B, but Engine.Agents may not use Engine.Execution.")]
    [InlineData("McpWorkers.Cli.A", "McpWorkers.Engine.Execution.ILauncher", "McpWorkers.Cli.A uses McpWorkers.Engine.Execution.ILauncher, but Cli may not use Engine.Execution.")]
    [InlineData("McpWorkers.Engine.Workers.A", "McpWorkers.Mcp.B", "McpWorkers.Engine.Workers.A uses McpWorkers.Mcp.B, but Engine.Workers may not use Mcp.")]
    [InlineData("McpWorkers.Engine.Novelty.A", "System.Object", "Engine.Novelty is a new folder: enter it into the table.")]
    [InlineData("McpWorkers.Novelty.A", "System.Object", "Novelty is a new folder: enter it into the table.")]
    [InlineData("McpWorkers.Engine.Loose", "System.Object", "Engine is a new folder: enter it into the table.")]
    [InlineData("McpWorkers.Engine.Workers.A", "System.Console", "McpWorkers.Engine.Workers.A uses System.Console: the engine is silent: standard output belongs to a transport.")]
    [InlineData("McpWorkers.Engine.Workers.A", "ModelContextProtocol.Server.McpServer", "McpWorkers.Engine.Workers.A uses ModelContextProtocol.Server.McpServer: the protocol stays at its edge.")]
    [InlineData("McpWorkers.Engine.Workers.A", "System.Diagnostics.Process", "McpWorkers.Engine.Workers.A uses System.Diagnostics.Process: one place starts and ends processes; the simulated agent stands for a foreign program.")]
    [InlineData("McpWorkers.Engine.Execution.A", TypeUse.NativeCode, "McpWorkers.Engine.Execution.A uses (native code): one place knows the platform, and one its file names.")]
    public void A_use_against_the_table_is_found(string from, string to, string violation) =>
        Assert.Equal([violation], DirectionOfUse.Violations([new(from, to)]));

    [Theory]
    [InlineData("McpWorkers.Engine.Workers.A", "McpWorkers.Engine.Agents.B")]
    [InlineData("McpWorkers.Engine.Model.A", "McpWorkers.Engine.Model.B")]
    [InlineData("McpWorkers.Cli.A", "McpWorkers.Engine.Agents.AgentCapabilities")]
    [InlineData("McpWorkers.Cli.A", "System.Console")]
    [InlineData("McpWorkers.Engine.Execution.Processes.A", TypeUse.NativeCode)]
    [InlineData("McpWorkers.Engine.Workers.A", "System.Diagnostics.ProcessorThing")]
    public void A_use_within_the_table_is_not_found(string from, string to) =>
        Assert.Empty(DirectionOfUse.Violations([new(from, to)]));

    [Fact]
    public void Uses_are_read_from_signatures_and_from_code()
    {
        var uses = TypeUses.Of(Engine);
        Assert.Contains(new("McpWorkers.Engine.Workers.WorkerTypeView", "McpWorkers.Engine.Agents.AgentCapabilities"), uses);
        // Thrown in a method's body only.
        Assert.Contains(new("McpWorkers.Engine.Settings.SettingsLoader", "McpWorkers.Engine.Model.RefusedException"), uses);

        var ofTests = TypeUses.Of(typeof(ArchitectureTests).Assembly.Location);
        Assert.Contains(new("McpWorkers.Tests.ArchitectureTests", "System.Console"), ofTests);
        Assert.Contains(new("McpWorkers.Tests.ArchitectureTests", TypeUse.NativeCode), ofTests);
    }

    /// <summary>Uses that hide in a lambda of a nested class, and in a generated native call; never run.</summary>
    private static partial class Hidden
    {
        public static Func<bool> InLambda => () => Console.IsInputRedirected;

        [LibraryImport("libc", EntryPoint = "getpid")]
        public static partial int ProcessId();
    }
}
