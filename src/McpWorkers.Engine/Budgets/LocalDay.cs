namespace McpWorkers.Engine.Budgets;

/// <summary>Days of the host's local time. Their length differs where clocks are put forward or back.</summary>
internal static class LocalDay
{
    public static DateOnly Of(DateTimeOffset now, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);

    public static DateOnly Today(TimeProvider time) => Of(time.GetUtcNow(), time.LocalTimeZone);

    /// <summary>The first moment of the day after.</summary>
    public static DateTimeOffset End(DateOnly day, TimeZoneInfo zone)
    {
        var midnight = day.AddDays(1).ToDateTime(TimeOnly.MinValue);

        // Some zones put their clocks forward at midnight: then the day begins later.
        while (zone.IsInvalidTime(midnight))
        {
            midnight = midnight.AddMinutes(1);
        }

        // Others put them back there: the day begins when midnight comes for the first time, which is with the greater offset.
        var offset = zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight);
        return new DateTimeOffset(midnight, offset).ToUniversalTime();
    }
}
