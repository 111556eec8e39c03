using System.Runtime.CompilerServices;
using McpWorkers.Engine.Storage.Sqlite;

namespace McpWorkers.Tests.Storage.Sqlite;

/// <summary>With the variable <c>TESTS_BUNDLED_SQLITE=1</c> the whole test process uses the bundled library instead of the system's.</summary>
internal static class BundledLibrary
{
    public const string Variable = "TESTS_BUNDLED_SQLITE";

    public static bool IsAsked => Environment.GetEnvironmentVariable(Variable) == "1";

    [ModuleInitializer]
    internal static void Choose() => AppContext.SetSwitch(SqliteLibrary.BundledOnlySwitch, IsAsked);
}
