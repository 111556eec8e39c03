using System.Globalization;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Processor time as <c>ps</c> prints it: <c>[days-]hours:minutes:seconds</c>, or <c>minutes:seconds.hundredths</c> on macOS.</summary>
internal static class PsDuration
{
    /// <summary>Zero for what is none.</summary>
    public static TimeSpan Read(string text)
    {
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        double days = dash > 0 && int.TryParse(text.AsSpan(0, dash), CultureInfo.InvariantCulture, out int whole) ? whole : 0;
        double seconds = 0;
        foreach (string part in text[(dash + 1)..].Split(':'))
        {
            if (!double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            {
                return TimeSpan.Zero;
            }

            seconds = (seconds * 60) + number;
        }

        return TimeSpan.FromDays(days) + TimeSpan.FromSeconds(seconds);
    }
}
