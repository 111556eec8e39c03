using System.Collections.Concurrent;
using McpWorkers.Tests.Execution.Containers;
using McpWorkers.Tests.RealAgents;
using Xunit;

[assembly: AssemblyFixture(typeof(EngineFixture))]

namespace McpWorkers.Tests.Execution.Containers;

/// <summary>
/// One Docker and one Podman for all tests of a run, each started when the first test asks for it. A test class takes this as its
/// constructor's parameter. Where an engine is missing the test is skipped with the reason, or fails where TESTS_STRICT is 1; where this
/// platform can have none it is skipped.
/// </summary>
public sealed class EngineFixture : IAsyncDisposable
{
    /// <summary>2 MB: sh and the usual tools. Its variable IMAGE_SAYS is <c>busybox</c>; its user <c>worker</c> is 1000.</summary>
    public const string Busybox = "localhost/mcpworkers-busybox:1";

    /// <summary>100 MB: bash, git, coreutils, procps, and the libraries that Node needs.</summary>
    public const string Debian = "localhost/mcpworkers-debian:1";

    /// <summary>It holds <c>/bin/true</c> alone.</summary>
    public const string Shellless = "localhost/mcpworkers-shellless:1";

    private static readonly Lazy<Task<string?>> s_never = new(TestEngine.WhyNeverAsync);

    private readonly ConcurrentDictionary<string, Lazy<Task<(TestEngine? Engine, string Reason)>>> _engines = new();

    /// <summary>For theories over both.</summary>
    public static TheoryData<string> Kinds => [TestEngine.Docker, TestEngine.Podman];

    /// <summary>The shared one: other tests use it at the same time, so look at none but your own containers.</summary>
    /// <param name="kind"><see cref="TestEngine.Docker"/> or <see cref="TestEngine.Podman"/>.</param>
    public async Task<TestEngine> GetAsync(string kind)
    {
        await NeedsPlatformAsync();
        return OrMissing(await _engines.GetOrAdd(kind, static k => new(() => TestEngine.StartAsync(k))).Value);
    }

    /// <summary>One of the test's own, which it may stop: 2 to 5 s.</summary>
    public static async Task<TestEngine> StartOwnAsync(string kind)
    {
        await NeedsPlatformAsync();
        return OrMissing(await TestEngine.StartAsync(kind));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var started in _engines.Values)
        {
            var (engine, _) = await started.Value;
            if (engine is not null)
            {
                await engine.DisposeAsync();
            }
        }
    }

    private static async Task NeedsPlatformAsync()
    {
        if (await s_never.Value is { } reason)
        {
            Assert.Skip(reason);
        }
    }

    private static TestEngine OrMissing((TestEngine? Engine, string Reason) had)
    {
        if (had.Engine is null)
        {
            Needs.Missing(had.Reason);
        }

        return had.Engine!;
    }
}
