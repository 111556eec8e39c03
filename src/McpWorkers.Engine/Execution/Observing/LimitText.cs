using System.Globalization;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Observing;

/// <summary>Limits in words, with their units.</summary>
internal static class LimitText
{
    private const double Mebi = 1024 * 1024;

    /// <summary>Such as <c>more than 64 MiB of memory (71.5 MiB)</c>.</summary>
    public static string Of(LimitReached reached)
    {
        string measured = reached.Measured is { } value ? $" ({Amount(reached.Kind, value)})" : "";
        return $"more than {Amount(reached.Kind, reached.Limit)} {NounOf(reached.Kind)}{measured}";
    }

    public static string Amount(LimitKind kind, double value) => kind switch
    {
        LimitKind.Memory or LimitKind.Disk => (value / Mebi).ToString("0.#", CultureInfo.InvariantCulture) + " MiB",
        LimitKind.Cpu => value.ToString("0.##", CultureInfo.InvariantCulture),
        _ => value.ToString("0", CultureInfo.InvariantCulture),
    };

    private static string NounOf(LimitKind kind) => kind switch
    {
        LimitKind.Memory => "of memory",
        LimitKind.Cpu => "processors",
        LimitKind.Processes => "processes and threads",
        LimitKind.Disk => "on disk",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
