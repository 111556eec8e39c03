using System.Globalization;

namespace McpWorkers.Cli.Watch;

/// <summary>Figures in as few characters as a person needs.</summary>
internal static class Figures
{
    /// <summary><c>12 s</c>, <c>3:07</c>, <c>1:02:07</c>.</summary>
    public static string Time(TimeSpan time) => time.TotalSeconds < 60
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalSeconds} s")
        : time.ToString(time.TotalHours < 1 ? @"m\:ss" : time.TotalDays < 1 ? @"h\:mm\:ss" : @"d\.hh\:mm\:ss", CultureInfo.InvariantCulture);

    /// <summary><c>950</c>, <c>12.3k</c>, <c>4.5M</c>.</summary>
    public static string Count(decimal count) => count switch
    {
        < 1000 => count.ToString("0", CultureInfo.InvariantCulture),
        < 1_000_000 => (count / 1000).ToString("0.0", CultureInfo.InvariantCulture) + "k",
        _ => (count / 1_000_000).ToString("0.0", CultureInfo.InvariantCulture) + "M",
    };

    /// <summary><c>$0.12</c>; below a cent as much as is there.</summary>
    public static string Cost(decimal usd) => "$" + usd.ToString(usd is > 0 and < 0.01m ? "0.0000" : "0.00", CultureInfo.InvariantCulture);

    /// <summary><c>512 KB</c>, <c>123 MB</c>, <c>1.2 GB</c>.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024} KB"),
        < 1024L * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024 / 1024} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024 / 1024:0.0} GB"),
    };

    public static string Percent(double percent) => percent.ToString("0", CultureInfo.InvariantCulture) + "%";
}
