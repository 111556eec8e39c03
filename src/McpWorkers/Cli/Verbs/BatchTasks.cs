using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Cli.Verbs;

/// <summary>What a batch is to run: pairs from the command line, one prompt for several workers, or a file.</summary>
internal static class BatchTasks
{
    private const string Form = "[{\"worker_id\": \"term_…\", \"prompt\": \"…\"}, …]";

    /// <exception cref="RefusedException">It is not clear which worker gets which prompt, or the file is of another form.</exception>
    public static async Task<IReadOnlyList<BatchTask>> ReadAsync(
        IReadOnlyList<string> workers, IReadOnlyList<string> prompts, string? file, CliEnvironment environment, CancellationToken cancellationToken)
    {
        if (file is not null)
        {
            return workers.Count + prompts.Count == 0
                ? FromJson(await TextOfAsync(file, environment, cancellationToken), file)
                : throw Invalid("--file is given together with workers or prompts. The file holds both.");
        }

        if (workers.Count == 0 || prompts.Count == 0)
        {
            throw Invalid(
                "a batch needs workers and prompts: 'batch ID ID -p \"…\"', 'batch --worker ID --prompt \"…\" --worker ID --prompt \"…\"', or --file tasks.json.");
        }

        if (prompts.Count != 1 && prompts.Count != workers.Count)
        {
            throw Invalid($"there are {workers.Count} workers and {prompts.Count} prompts. Give one prompt for all, or one for each worker.");
        }

        return [.. workers.Select((id, i) => new BatchTask(id, prompts[prompts.Count == 1 ? 0 : i]))];
    }

    private static async Task<string> TextOfAsync(string file, CliEnvironment environment, CancellationToken cancellationToken)
    {
        try
        {
            return file == "-"
                ? await environment.In.ReadToEndAsync(cancellationToken)
                : await File.ReadAllTextAsync(Path.GetFullPath(file, environment.WorkingDirectory), cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Invalid($"--file {file}: cannot be read: {e.Message}");
        }
    }

    private static IReadOnlyList<BatchTask> FromJson(string text, string file)
    {
        JsonNode? node;
        try
        {
            node = JsonNode.Parse(text);
        }
        catch (JsonException e)
        {
            throw Invalid($"--file {file}: is no JSON: {e.Message} It must be {Form}.");
        }

        return node is JsonArray { Count: > 0 } list
            ? [.. list.Select((item, i) => new BatchTask(Field(item, i, "worker_id", file), Field(item, i, "prompt", file)))]
            : throw Invalid($"--file {file}: is no list with an entry. It must be {Form}.");
    }

    private static string Field(JsonNode? item, int index, string name, string file)
    {
        if (item is not JsonObject entry)
        {
            throw Invalid($"--file {file}: entry {index} is no object. It must be {Form}.");
        }

        if (entry.FirstOrDefault(field => field.Key is not ("worker_id" or "prompt")).Key is { } unknown)
        {
            throw Invalid($"--file {file}: entry {index} has the field '{unknown}', which is not known. It must be {Form}.");
        }

        return entry[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String
            ? value.GetValue<string>()
            : throw Invalid($"--file {file}: entry {index}: '{name}' is missing or no text. It must be {Form}.");
    }

    private static RefusedException Invalid(string message) => new(RefusalCode.InvalidArgument, message);
}
