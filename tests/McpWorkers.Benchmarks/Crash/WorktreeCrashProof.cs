using System.Globalization;
using McpWorkers.Tests.Crash;

namespace McpWorkers.Benchmarks.Crash;

/// <summary><c>worktree-crash [ROUNDS] [SEED]</c>: hosts that work in worktrees are killed; not a byte may be lost.</summary>
internal static class WorktreeCrashProof
{
    private const int RoundsDefault = 100;

    public static async Task<int> RunAsync(string[] arguments)
    {
        int rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : RoundsDefault;
        int seed = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : Random.Shared.Next(1_000_000);
        var faults = await new WorktreeCrash(Environment.ProcessPath!, seed, Console.WriteLine).RunAsync(rounds, CancellationToken.None);
        foreach (string fault in faults)
        {
            Console.WriteLine(fault);
        }

        Console.WriteLine(faults.Count == 0 ? $"{rounds} rounds, nothing lost (seed {seed})" : $"{faults.Count} faults (seed {seed})");
        return faults.Count == 0 ? 0 : 1;
    }
}
