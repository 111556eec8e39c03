using System.Globalization;
using McpWorkers.Tests.Http.Delivery;

namespace McpWorkers.Benchmarks.Load;

/// <summary><c>delivery [WORKERS] [PER_SECOND] [READERS] [SLOW] [SECONDS]</c>, from the command line.</summary>
internal static class DeliveryProof
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        int Number(int at, int otherwise) => arguments.Length > at ? int.Parse(arguments[at], CultureInfo.InvariantCulture) : otherwise;
        int readers = Number(2, 20);
        int slow = Number(3, 5);
        var figures = await LiveDelivery.RunAsync(
            Number(0, 100), Number(1, 20), readers, slow, TimeSpan.FromSeconds(Number(4, 60)), CancellationToken.None);
        Console.WriteLine(FormattableString.Invariant(
            $"{figures.Events} events, {readers} readers, {slow} of them slow: {figures.Missing} missing, {figures.Doubled} doubled or out of order"));
        Console.WriteLine(FormattableString.Invariant($"gaps: {figures.SlowGaps} told to the slow ones, {figures.FastGaps} to the others"));
        Console.WriteLine(FormattableString.Invariant(
            $"the others had an event after {figures.FastLatency.Middle:0} ms (middle), {figures.FastLatency.P99:0} ms (99 of 100), {figures.FastLatency.Max:0} ms (all)"));
        Console.WriteLine(FormattableString.Invariant($"memory held while the slow ones stood still: {figures.GrownBytes / 1048576.0:0.0} MiB"));
        return figures.Missing == 0 && figures.Doubled == 0 ? 0 : 1;
    }
}
