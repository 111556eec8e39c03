using System.Diagnostics.CodeAnalysis;
using McpWorkers.Engine.Model;
using Quartz;

namespace McpWorkers.Engine.Tasks.Schedules;

/// <summary>The times that a cron expression names, by Quartz: leap years, changes between summer and winter time, the last day of a month.</summary>
internal sealed class CronTimes
{
    private readonly CronExpression _expression;

    private readonly bool _isForEachHour;

    private CronTimes(CronExpression expression, bool isForEachHour)
    {
        _expression = expression;
        _isForEachHour = isForEachHour;
    }

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
            int fields = cron.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
            if (fields != 5)
            {
                throw Bad(cron, $"it has {fields} field{(fields == 1 ? "" : "s")}");
            }

            var expression = CronExpression.Parse(cron, CronFormat.Unix).WithTimeZone(zone);
            return new(expression, isForEachHour: cron.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1].StartsWith('*'));
        }
        catch (FormatException e)
        {
            throw Bad(cron, e.Message.TrimEnd('.'));
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
    public DateTimeOffset? After(DateTimeOffset time) => Leading(_expression.GetNextValidTimeAfter(time), _expression.GetNextValidTimeAfter);

    /// <summary>Null where there was none.</summary>
    public DateTimeOffset? Before(DateTimeOffset time) => Leading(_expression.GetPreviousValidTimeBefore(time), _expression.GetPreviousValidTimeBefore);

    private static RefusedException Bad(string cron, string why) => new(
        RefusalCode.InvalidArgument,
        $"'{cron}' is no cron expression: {why}. Five fields are needed: minute, hour, day of the month, month, day of the week; such as '0 3 * * *' for three at night, '*/15 8-17 * * 1-5' for each quarter of an hour at work.");

    /// <summary>Passes over what would be a second time: Quartz names both hours that the end of summer gives, and 'at half past two' means one.</summary>
    private DateTimeOffset? Leading(DateTimeOffset? found, Func<DateTimeOffset, DateTimeOffset?> further)
    {
        while (found is { } time && !_isForEachHour && IsSecond(time))
        {
            found = further(time);
        }

        return found?.ToUniversalTime();
    }

    private bool IsSecond(DateTimeOffset time)
    {
        var onTheWall = TimeZoneInfo.ConvertTime(time, _expression.TimeZone);
        return _expression.TimeZone.IsAmbiguousTime(onTheWall.DateTime)
            && onTheWall.Offset == _expression.TimeZone.GetAmbiguousTimeOffsets(onTheWall.DateTime).Min();
    }
}
