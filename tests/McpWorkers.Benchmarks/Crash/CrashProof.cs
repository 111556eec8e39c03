using System.Globalization;
using McpWorkers.Tests.Crash;

namespace McpWorkers.Benchmarks.Crash;

/// <summary><c>crash [ROUNDS] [SEED] [VICTIM…]</c>: the long form of the crash test; without victims all of them in turns.</summary>
internal static class CrashProof
{
    private const int RoundsDefault = 200;

    public static async Task<int> RunAsync(string[] arguments)
    {
        int rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : RoundsDefault;
        int seed = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : Random.Shared.Next(1_000_000);
        var victims = arguments.Length > 2 ? arguments[2..].Select(name => Enum.Parse<CrashVictim>(name, ignoreCase: true)).ToArray() : Enum.GetValues<CrashVictim>();
        var faults = await new CrashRounds(Tools.ProductUnderProof, seed, Console.WriteLine).RunAsync(rounds, victims, CancellationToken.None);
        foreach (string fault in faults)
        {
            Console.WriteLine(fault);
        }

        return faults.Count == 0 ? 0 : 1;
    }
}
