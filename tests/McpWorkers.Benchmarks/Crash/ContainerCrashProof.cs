using System.Globalization;
using McpWorkers.Benchmarks.Containers;
using McpWorkers.Tests.Crash;

namespace McpWorkers.Benchmarks.Crash;

/// <summary><c>container-crash [ROUNDS] [SEED]</c>: the daemon is killed over runs in containers of the engine that DOCKER_HOST names.</summary>
internal static class ContainerCrashProof
{
    private const int RoundsDefault = 100;

    public static async Task<int> RunAsync(string[] arguments)
    {
        if (EngineUnderTest.Address is not { } address)
        {
            Console.WriteLine(EngineUnderTest.None);
            return 2;
        }

        int rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : RoundsDefault;
        int seed = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : Random.Shared.Next(1_000_000);
        var faults = await new ContainerCrash(Tools.ProductUnderProof, address, EngineUnderTest.Image, seed, Console.WriteLine).RunAsync(rounds, CancellationToken.None);
        foreach (string fault in faults)
        {
            Console.WriteLine(fault);
        }

        Console.WriteLine(faults.Count == 0 ? $"{rounds} rounds, nothing lost and nothing left (seed {seed})" : $"{faults.Count} faults (seed {seed})");
        return faults.Count == 0 ? 0 : 1;
    }
}
