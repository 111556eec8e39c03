using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Workspaces;

namespace McpWorkers.Mcp.Client;

/// <summary>What a worker is to be, as the tools take it: those that spawn workers, and those that add tasks.</summary>
internal static class SpawnForm
{
    /// <summary>Without how many there are to be; what is not said is left out.</summary>
    public static JsonObject Of(SpawnRequest request)
    {
        var arguments = new JsonObject();
        Add(arguments, "worker_type", request.WorkerType);
        Add(arguments, "model", request.Model);
        Add(arguments, "permission", request.Permission?.ToWire());
        Add(arguments, "working_directory", request.WorkingDirectory);
        Add(arguments, "workspace", request.Workspace?.Kind.ToWire());
        Add(arguments, "repo", request.Workspace?.Repository);
        Add(arguments, "branch", request.Workspace?.Branch);
        Add(arguments, "from", request.Workspace?.From);
        if (request.Workspace is { BringChanges: true })
        {
            arguments["bring_changes"] = true;
        }

        Add(arguments, "launcher", request.Launcher?.ToWire());
        Add(arguments, "image", request.Image);
        if (request.Verify.Count > 0)
        {
            arguments["verify"] = WorkspaceForms.Texts(request.Verify);
        }

        AddBudget(arguments, request.Budget);
        return arguments;
    }

    /// <summary>Leaves it out where nothing is bounded.</summary>
    public static void AddBudget(JsonObject arguments, Budget budget)
    {
        if (BudgetJson.Of(budget) is { } json)
        {
            arguments["budget"] = json;
        }
    }

    /// <summary>Leaves out what is null.</summary>
    public static void Add(JsonObject arguments, string name, string? value)
    {
        if (value is not null)
        {
            arguments[name] = value;
        }
    }
}
