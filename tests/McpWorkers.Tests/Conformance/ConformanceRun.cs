using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using McpWorkers.Tests.Product;

namespace McpWorkers.Tests.Conformance;

/// <summary>One run of a conformance suite, as its summary tells it.</summary>
/// <param name="Passed">Scenarios without a failed check.</param>
internal sealed partial record ConformanceRun(
    IReadOnlyList<string> Passed, IReadOnlyList<string> Failed, int ChecksPassed, int ChecksFailed, int ExitCode, string Output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(240);

    public static async Task<ConformanceRun> OfAsync(ProductHome home, string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(ProductPaths.Node, [program, .. arguments])
        {
            WorkingDirectory = home.Work,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in home.Environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return Of($"{await output}\n{await errors}", process.ExitCode);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>Reads what the suite printed. Where there is no summary, nothing passed.</summary>
    public static ConformanceRun Of(string output, int exitCode)
    {
        var scenarios = Scenario().Matches(output);
        var total = Total().Match(output);
        return new(
            [.. scenarios.Where(each => each.Groups["mark"].Value == "✓").Select(each => each.Groups["name"].Value)],
            [.. scenarios.Where(each => each.Groups["mark"].Value != "✓").Select(each => each.Groups["name"].Value)],
            total.Success ? Number(total, "passed") : 0,
            total.Success ? Number(total, "failed") : -1,
            exitCode,
            output);
    }

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<mark>\S) (?<name>[a-z0-9-]+): \d+ passed, \d+ failed", RegexOptions.Multiline)]
    private static partial Regex Scenario();

    [GeneratedRegex(@"^Total: (?<passed>\d+) passed, (?<failed>\d+) failed", RegexOptions.Multiline)]
    private static partial Regex Total();
}
