using System.Globalization;
using McpWorkers.Tests.Crash;

namespace McpWorkers.Benchmarks.Crash;

/// <summary>
/// <c>worktree-crash [ROUNDS] [SEED] [product]</c>: hosts that work in worktrees are killed, or with the last word the product's own daemon; not a byte may be lost.
/// </summary>
internal static class WorktreeCrashProof
{
    private const int RoundsDefault = 100;
    private const int ProductWorkers = 4;

    public static async Task<int> RunAsync(string[] arguments)
    {
        int rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : RoundsDefault;
        int seed = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : Random.Shared.Next(1_000_000);
        var faults = arguments.ElementAtOrDefault(2) switch
        {
            null => await new WorktreeCrash(Environment.ProcessPath!, seed, Console.WriteLine).RunAsync(rounds, CancellationToken.None),
            "product" => await new ScribeRounds(Tools.ProductUnderProof, ProductWorkers, seed, Console.WriteLine).RunAsync(rounds, CancellationToken.None),
            var other => [$"'{other}' is no form of this proof. Allowed: product, or nothing."],
        };
        foreach (string fault in faults)
        {
            Console.WriteLine(fault);
        }

        Console.WriteLine(faults.Count == 0 ? $"{rounds} rounds, nothing lost (seed {seed})" : $"{faults.Count} faults (seed {seed})");
        return faults.Count == 0 ? 0 : 1;
    }
}
