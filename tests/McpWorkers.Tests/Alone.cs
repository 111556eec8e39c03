using Xunit;

namespace McpWorkers.Tests;

/// <summary>For tests that look at the whole test process: nothing else runs in it meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "Alone";
}
