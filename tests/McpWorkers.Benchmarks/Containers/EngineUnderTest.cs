using McpWorkers.Engine.Execution.Containers.Api;

namespace McpWorkers.Benchmarks.Containers;

/// <summary>The engine that measurements and proofs of containers use, and the image in it: a shell and the usual small tools.</summary>
internal static class EngineUnderTest
{
    /// <summary>Null where none is named.</summary>
    public static string? Address => Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 } named ? named : null;

    public static string Image => Environment.GetEnvironmentVariable("BENCHMARK_IMAGE") is { Length: > 0 } named ? named : "localhost/mcpworkers-busybox:1";

    public const string None = "DOCKER_HOST names no engine (tests/tools/containers.sh up docker starts one)";

    public static ContainerEngine Connect(string address) => new(EngineAddress.Parse(address), TimeProvider.System);
}
