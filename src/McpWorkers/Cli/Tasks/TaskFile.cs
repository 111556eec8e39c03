using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings;

namespace McpWorkers.Cli.Tasks;

/// <summary>Many tasks from a file or a pipe: a list, in YAML or JSON, whose entries have the fields of the tool <c>task_add</c>.</summary>
internal static class TaskFile
{
    private const string Form = "a list of tasks: [{prompt: …, role: …, priority: …, verify: […], after: […], key: …}, …]";

    /// <summary>Paths in it are such from the current directory.</summary>
    /// <param name="path"><c>-</c> for standard input.</param>
    /// <exception cref="RefusedException">It cannot be read, or is no list of objects.</exception>
    public static async Task<JsonArray> ReadAsync(string path, CliEnvironment environment, CancellationToken cancellationToken)
    {
        string from = $"--file {path}";
        var root = YamlText.Read(await TextOfAsync(path, environment, cancellationToken), from);
        if (root is JsonObject { Count: 1 } named && named["tasks"] is JsonArray inner)
        {
            root = inner;
        }

        if (root is not JsonArray { Count: > 0 } list)
        {
            throw Invalid($"{from}: is no list with an entry. It must be {Form}.");
        }

        for (int i = 0; i < list.Count; i++)
        {
            if (list[i] is not JsonObject task)
            {
                throw Invalid($"{from}: entry {i} is no object. It must be {Form}.");
            }

            Place(task, environment.WorkingDirectory);
            MakeNumbers(task, "timeout");
            if (task["budget"] is JsonObject budget)
            {
                MakeNumbers(budget, "usd", "tokens", "turns", "minutes");
            }
        }

        return (JsonArray)list.DeepClone();
    }

    /// <summary>The daemon is elsewhere: what is relative is so from here.</summary>
    private static void Place(JsonObject task, string here)
    {
        task["working_directory"] = task["working_directory"] switch
        {
            null => here,
            JsonValue value when value.TryGetValue(out string? directory) => Path.GetFullPath(directory, here),
            var other => other.DeepClone(),
        };
        if (task["repo"] is JsonValue repo && repo.TryGetValue(out string? source) && !source.Contains("://", StringComparison.Ordinal)
            && Directory.Exists(Path.GetFullPath(source, here)))
        {
            task["repo"] = Path.GetFullPath(source, here);
        }
    }

    /// <summary>The text's reader knows no numbers: to it a key of <c>12</c> is a text.</summary>
    private static void MakeNumbers(JsonObject fields, params string[] names)
    {
        foreach (string name in names)
        {
            if (fields[name] is JsonValue value && value.TryGetValue(out string? text)
                && decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal number))
            {
                fields[name] = number;
            }
        }
    }

    private static async Task<string> TextOfAsync(string path, CliEnvironment environment, CancellationToken cancellationToken)
    {
        try
        {
            return path == "-"
                ? await environment.In.ReadToEndAsync(cancellationToken)
                : await File.ReadAllTextAsync(Path.GetFullPath(path, environment.WorkingDirectory), cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Invalid($"--file {path}: cannot be read: {e.Message}");
        }
    }

    private static RefusedException Invalid(string message) => new(RefusalCode.InvalidArgument, message);
}
