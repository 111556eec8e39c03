using System.Globalization;
using McpWorkers.Engine.Budgets;
using Xunit;

namespace McpWorkers.Tests.Budgets;

public sealed class LocalDayTests
{
    /// <summary>Puts its clocks forward at midnight of the last Sunday in March, and back at midnight of the last one in October.</summary>
    private static readonly TimeZoneInfo AtMidnight = TimeZoneInfo.CreateCustomTimeZone(
        "at-midnight", TimeSpan.FromHours(2), "at midnight", "at midnight", "at midnight",
        [
            TimeZoneInfo.AdjustmentRule.CreateAdjustmentRule(
                DateTime.MinValue.Date, DateTime.MaxValue.Date, TimeSpan.FromHours(1),
                TimeZoneInfo.TransitionTime.CreateFloatingDateRule(new DateTime(1, 1, 1, 0, 0, 0), 3, 5, DayOfWeek.Sunday),
                TimeZoneInfo.TransitionTime.CreateFloatingDateRule(new DateTime(1, 1, 1, 1, 0, 0), 10, 5, DayOfWeek.Sunday)),
        ]);

    [Theory]
    [InlineData("UTC", "2026-03-01T12:00:00Z", "2026-03-01", "2026-03-02T00:00:00Z")]
    [InlineData("Europe/Berlin", "2026-03-01T22:59:59Z", "2026-03-01", "2026-03-01T23:00:00Z")]
    [InlineData("Europe/Berlin", "2026-03-01T23:00:00Z", "2026-03-02", "2026-03-02T23:00:00Z")]
    // Days of 23 and of 25 hours.
    [InlineData("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29", "2026-03-29T22:00:00Z")]
    [InlineData("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25", "2026-10-25T23:00:00Z")]
    [InlineData("America/New_York", "2026-03-08T05:00:00Z", "2026-03-08", "2026-03-09T04:00:00Z")]
    [InlineData("Asia/Kathmandu", "2026-06-01T18:14:59Z", "2026-06-01", "2026-06-01T18:15:00Z")]
    [InlineData("Pacific/Kiritimati", "2026-12-30T10:00:00Z", "2026-12-31", "2026-12-31T10:00:00Z")]
    public void A_day_is_the_hosts_own(string zone, string now, string day, string end) => Check(TimeZoneInfo.FindSystemTimeZoneById(zone), now, day, end);

    [Theory]
    // The 29th begins at 01:00, since midnight is left out.
    [InlineData("2026-03-28T12:00:00Z", "2026-03-28", "2026-03-28T22:00:00Z")]
    [InlineData("2026-03-28T22:00:00Z", "2026-03-29", "2026-03-29T21:00:00Z")]
    // Midnight of the 25th comes twice: the day begins with the first.
    [InlineData("2026-10-24T20:59:59Z", "2026-10-24", "2026-10-24T21:00:00Z")]
    [InlineData("2026-10-24T21:00:00Z", "2026-10-25", "2026-10-25T22:00:00Z")]
    public void A_day_whose_midnight_is_missing_or_comes_twice_ends_once(string now, string day, string end) => Check(AtMidnight, now, day, end);

    private static void Check(TimeZoneInfo zone, string now, string day, string end)
    {
        var moment = DateTimeOffset.Parse(now, CultureInfo.InvariantCulture);
        var found = LocalDay.Of(moment, zone);
        var ends = LocalDay.End(found, zone);
        Assert.Equal(DateOnly.Parse(day, CultureInfo.InvariantCulture), found);
        Assert.Equal(DateTimeOffset.Parse(end, CultureInfo.InvariantCulture), ends);
        Assert.Equal(found, LocalDay.Of(ends.AddTicks(-1), zone));
        Assert.Equal(found.AddDays(1), LocalDay.Of(ends, zone));
    }
}
