using System.Diagnostics.CodeAnalysis;
using McpWorkers.Engine.Model;
using Quartz;

namespace McpWorkers.Engine.Tasks.Schedules;

/// <summary>The times that a cron expression names, by Quartz: leap years, changes between summer and winter time, the last day of a month.</summary>
internal sealed class CronTimes
{
    private readonly CronExpression _expression;

    private CronTimes(CronExpression expression) => _expression = expression;

    /// <exception cref="RefusedException">The expression or the time zone is none.</exception>
    public static CronTimes Parse(string cron, string timeZone)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out var zone))
        {
            throw new RefusedException(
                RefusalCode.InvalidArgument, $"'{timeZone}' is no time zone that this machine knows. Name one as Europe/Vienna or UTC (on Linux: a file of /usr/share/zoneinfo).");
        }

        try
        {
            return new(CronExpression.Parse(cron, CronFormat.Unix).WithTimeZone(zone));
        }
        catch (FormatException e)
        {
            throw new RefusedException(
                RefusalCode.InvalidArgument,
                $"'{cron}' is no cron expression: {e.Message} Five fields are needed: minute, hour, day of the month, month, day of the week; such as '0 3 * * *' for three at night, '*/15 8-17 * * 1-5' for each quarter of an hour at work.");
        }
    }

    public static bool TryParse(string cron, string timeZone, [NotNullWhen(true)] out CronTimes? times)
    {
        try
        {
            times = Parse(cron, timeZone);
            return true;
        }
        catch (RefusedException)
        {
            times = null;
            return false;
        }
    }

    /// <summary>Null where no time is to come, as for the 30th of February.</summary>
    public DateTimeOffset? After(DateTimeOffset time) => _expression.GetNextValidTimeAfter(time)?.ToUniversalTime();

    /// <summary>Null where there was none.</summary>
    public DateTimeOffset? Before(DateTimeOffset time) => _expression.GetPreviousValidTimeBefore(time)?.ToUniversalTime();
}
