using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>A row holds what this version never writes: the file is damaged in a way that SQLite cannot see.</summary>
internal sealed class UnreadableRowException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>How our types stand in columns. The other way round: <see cref="Values"/>.</summary>
internal static class Columns
{
    public static string? Text(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    /// <summary>Bytes, since SQLite's text would end at a NUL, and a prompt may hold one.</summary>
    public static string? Prompt(this SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : Encoding.UTF8.GetString(row.GetFieldValue<byte[]>(column));

    public static DateTimeOffset Time(this SqliteDataReader row, int column)
    {
        long ticks = row.GetInt64(column);
        return ticks >= 0 && ticks <= DateTimeOffset.MaxValue.Ticks
            ? new(ticks, TimeSpan.Zero)
            : throw new UnreadableRowException($"{ticks} is no time.");
    }

    public static DateTimeOffset? TimeOrNull(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.Time(column);

    public static WorkerStatus Status(this SqliteDataReader row, int column) => Values.Status(row.GetString(column));

    public static decimal Money(this SqliteDataReader row, int column) =>
        decimal.TryParse(row.GetString(column), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal money)
            ? money
            : throw new UnreadableRowException($"'{row.GetString(column)}' is no amount.");

    public static JsonNode? Json(this SqliteDataReader row, int column)
    {
        try
        {
            return row.IsDBNull(column) ? null : JsonNode.Parse(row.GetString(column));
        }
        catch (JsonException e)
        {
            throw new UnreadableRowException("A column that should hold JSON does not.", e);
        }
    }
}
