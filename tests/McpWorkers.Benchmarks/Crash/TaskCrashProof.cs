using System.Globalization;
using McpWorkers.Tests.Crash;

namespace McpWorkers.Benchmarks.Crash;

/// <summary><c>task-crash [SECONDS] [SEED]</c>: the long form of the queue's crash test.</summary>
internal static class TaskCrashProof
{
    private const int SecondsDefault = 300;

    public static async Task<int> RunAsync(string[] arguments)
    {
        int seconds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : SecondsDefault;
        int seed = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : Random.Shared.Next(1_000_000);
        var faults = await new TaskCrash(Tools.ProductUnderProof, seed, Console.WriteLine).RunAsync(TimeSpan.FromSeconds(seconds), CancellationToken.None);
        foreach (string fault in faults)
        {
            Console.WriteLine(fault);
        }

        return faults.Count == 0 ? 0 : 1;
    }
}
