using System.Diagnostics;
using System.Globalization;

namespace McpWorkers.Tests.Crash;

/// <summary>What a process takes over time: memory and processor, every few seconds.</summary>
internal sealed class DaemonSamples
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly List<(double Seconds, double Megabytes, double Cores)> _samples = [];

    /// <summary>Until cancelled.</summary>
    public static async Task<DaemonSamples> TakeAsync(int pid, Action<string> tell, CancellationToken over)
    {
        var samples = new DaemonSamples();
        using var process = Process.GetProcessById(pid);
        long begun = Stopwatch.GetTimestamp();
        try
        {
            var (before, at) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
            while (true)
            {
                await Task.Delay(Pause, over);
                process.Refresh();
                var (used, now) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
                var sample = (Stopwatch.GetElapsedTime(begun, now).TotalSeconds, process.WorkingSet64 / 1e6, (used - before) / Stopwatch.GetElapsedTime(at, now));
                samples._samples.Add(sample);
                (before, at) = (used, now);
                if (samples._samples.Count % 6 == 0)
                {
                    tell(Line(sample));
                }
            }
        }
        catch (OperationCanceledException)
        {
            return samples;
        }
    }

    public string Describe()
    {
        // The first tenth is the start; then the first and the last third are compared.
        var steady = _samples.Skip(_samples.Count / 10).ToList();
        int third = steady.Count / 3;
        if (third == 0)
        {
            return "too short for figures of the daemon";
        }

        double Memory(IEnumerable<(double, double Megabytes, double)> part) => part.Average(sample => sample.Megabytes);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Daemon: {steady.Average(sample => sample.Cores):0.00} of a core (most in 5 s: {steady.Max(sample => sample.Cores):0.00}); RSS {steady.Max(sample => sample.Megabytes):0} MB at most, "
            + $"{Memory(steady.Take(third)):0} MB in the first third, {Memory(steady.TakeLast(third)):0} MB in the last");
    }

    private static string Line((double Seconds, double Megabytes, double Cores) sample) =>
        string.Create(CultureInfo.InvariantCulture, $"  {sample.Seconds,5:0} s: RSS {sample.Megabytes,4:0} MB, {sample.Cores:0.00} of a core");
}
