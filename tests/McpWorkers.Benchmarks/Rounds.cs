using System.Globalization;

namespace McpWorkers.Benchmarks;

/// <summary>One thing that is measured: a name, and a function that gives one figure.</summary>
internal sealed record Candidate(string Name, Func<Task<double>> MeasureAsync);

/// <summary>
/// Measures candidates in turns, so that whatever else the machine does hits all of them alike, and prints medians with their spread and
/// the ratio to the first candidate. One turn before is not counted.
/// </summary>
internal static class Rounds
{
    public static async Task RunAsync(string title, string unit, int rounds, IReadOnlyList<Candidate> candidates)
    {
        var figures = candidates.Select(static _ => new List<double>()).ToList();
        for (int round = -1; round < rounds; round++)
        {
            for (int i = 0; i < candidates.Count; i++)
            {
                double figure = await candidates[i].MeasureAsync();
                if (round >= 0)
                {
                    figures[i].Add(figure);
                }
            }
        }

        Console.WriteLine($"\n{title}, {rounds} rounds in turns, {unit}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"",-44}{"median",12}{"min",12}{"max",12}{"ratio",8}"));
        double first = Figures.Median(figures[0]);
        for (int i = 0; i < candidates.Count; i++)
        {
            double median = Figures.Median(figures[i]);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{candidates[i].Name,-44}{median,12:0.##}{figures[i].Min(),12:0.##}{figures[i].Max(),12:0.##}{median / first,8:0.00}"));
        }
    }

    public static void Skip(string name, string reason) => Console.WriteLine($"{name}: skipped, {reason}");
}

internal static class Figures
{
    public static double Median(IEnumerable<double> figures) => Quantile(figures, 0.5);

    /// <param name="quantile">0–1.</param>
    public static double Quantile(IEnumerable<double> figures, double quantile)
    {
        double[] sorted = [.. figures.Order()];
        return sorted[(int)Math.Round(quantile * (sorted.Length - 1))];
    }
}
