using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage;

/// <summary>Budgets as they are kept, and as every door shows them: only what is bounded.</summary>
public static class BudgetJson
{
    /// <summary><c>{usd, tokens, turns, minutes}</c>; null where nothing is bounded.</summary>
    public static JsonObject? Of(Budget budget)
    {
        ArgumentNullException.ThrowIfNull(budget);
        var json = new JsonObject();
        Put("usd", budget.Usd);
        Put("tokens", budget.Tokens);
        Put("turns", budget.Turns);
        Put("minutes", budget.Of(BudgetMeasure.Minutes));
        return json.Count == 0 ? null : json;

        void Put(string name, JsonNode? value)
        {
            if (value is not null)
            {
                json[name] = value;
            }
        }
    }

    /// <exception cref="FormatException">It is not what <see cref="Of"/> gives.</exception>
    public static Budget Read(JsonNode? json)
    {
        try
        {
            return json is null ? Budget.None : new()
            {
                Usd = json["usd"]?.GetValue<decimal>(),
                Tokens = json["tokens"]?.GetValue<long>(),
                Turns = json["turns"]?.GetValue<int>(),
                Minutes = json["minutes"]?.GetValue<decimal>() is { } minutes ? TimeSpan.FromTicks((long)(minutes * TimeSpan.TicksPerMinute)) : null,
            };
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or OverflowException)
        {
            throw new FormatException("A budget cannot be read.", e);
        }
    }

    /// <summary>Null where nothing is to be kept.</summary>
    internal static string? Write(RunBudget budget) => budget == RunBudget.None ? null : new JsonObject
    {
        ["own"] = Of(budget.Own),
        ["task_id"] = budget.TaskId,
        ["of_task"] = Of(budget.OfTask),
    }.ToJsonString();

    /// <exception cref="FormatException">It is not what <see cref="Write"/> gives.</exception>
    internal static RunBudget ReadRun(JsonNode? json) => json is null ? RunBudget.None : new()
    {
        Own = Read(json["own"]),
        TaskId = json["task_id"]?.GetValue<string>(),
        OfTask = Read(json["of_task"]),
    };
}
