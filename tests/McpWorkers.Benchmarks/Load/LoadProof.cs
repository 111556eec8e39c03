using System.Globalization;
using McpWorkers.Tests.Crash;

namespace McpWorkers.Benchmarks.Load;

/// <summary><c>load [WORKERS] [SECONDS]</c>, from the command line.</summary>
internal static class LoadProof
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        int workers = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 100;
        int seconds = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 600;
        var figures = await DaemonLoad.RunAsync(Tools.ProductUnderProof, Tools.Script("ticker.pl"), workers, seconds, Console.WriteLine, CancellationToken.None);
        return figures.Good == workers ? 0 : 1;
    }
}
