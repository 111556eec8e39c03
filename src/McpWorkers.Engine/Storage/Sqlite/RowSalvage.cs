using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>The rows of a small table as they are, from one store to another of the same schema.</summary>
internal sealed record RowSalvage(string Table, IReadOnlyList<string> Columns, IReadOnlyList<object?[]> Rows)
{
    /// <summary>Tables that are taken over whole, because nothing else tells what they hold.</summary>
    public static IReadOnlyList<string> Tables { get; } = ["spending", "budget_grants", "breakers"];

    /// <summary>Null where it cannot be read.</summary>
    /// <param name="table">A name of ours.</param>
    public static RowSalvage? From(SqliteSession session, string table)
    {
        IReadOnlyList<string> columns = [];
        var rows = TaskSalvage.TryRead(() => session.Read($"SELECT * FROM {table}", row =>
        {
            columns = columns.Count > 0 ? columns : [.. Enumerable.Range(0, row.FieldCount).Select(row.GetName)];
            return Values(row);
        }));
        return rows is null ? null : new(table, columns, rows);
    }

    public void Insert(Commit commit)
    {
        string places = string.Join(", ", Enumerable.Range(1, Columns.Count).Select(number => $"?{number}"));
        foreach (object?[] row in Rows)
        {
            commit.Execute($"INSERT OR IGNORE INTO {Table} ({string.Join(", ", Columns)}) VALUES ({places})", row);
        }
    }

    private static object?[] Values(SqliteDataReader row)
    {
        object?[] values = new object?[row.FieldCount];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = row.IsDBNull(i) ? null : row.GetValue(i);
        }

        return values;
    }
}
