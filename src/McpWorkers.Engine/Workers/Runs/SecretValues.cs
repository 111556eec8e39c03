using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings.Building;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>
/// The secret values of a worker's environment, which are masked in all that is derived from its runs, with the tokens that are known by their
/// place (<see cref="SecretText"/>): results, activities, logs. The raw run directory, which is its owner's alone, stays as the agent wrote it.
/// </summary>
internal sealed class SecretValues
{
    /// <summary>Shorter values are words that stand in any text.</summary>
    private const int LengthMin = 8;

    private readonly List<string> _values;

    private SecretValues(List<string> values) => _values = values;

    public static SecretValues None { get; } = new([]);

    /// <summary>With those that are others in base64.</summary>
    public IReadOnlyList<string> All => _values;

    /// <summary>Too short ones are passed over.</summary>
    public static SecretValues OfValues(IEnumerable<string> values) =>
        new([.. values.Where(value => value.Length >= LengthMin).Distinct().OrderByDescending(value => value.Length)]);

    /// <param name="environment">Of the worker, its type's variables among it.</param>
    /// <param name="keyNames">Variables that are known to hold keys, whatever they are called.</param>
    public static SecretValues Of(IEnumerable<KeyValuePair<string, string>> environment, IReadOnlyCollection<string> keyNames)
    {
        var secrets = environment
            .Where(variable => keyNames.Contains(variable.Key) || SecretMask.IsSecretName(variable.Key))
            .Select(variable => variable.Value.Trim())

            // A path names the place of a secret, or of an agent that keeps one.
            .Where(value => value.Length >= LengthMin && !value.StartsWith('/'))
            .Distinct();

        // The longest first: one may be a part of another.
        return new([.. secrets.SelectMany(value => (string[])[value, Encoded(value)]).OrderByDescending(value => value.Length)]);
    }

    public string Mask(string text)
    {
        foreach (string value in _values)
        {
            text = text.Replace(value, SecretMask.Masked, StringComparison.Ordinal);
        }

        return SecretText.Mask(text);
    }

    /// <summary>These and others; itself where it has them all.</summary>
    public SecretValues With(SecretValues others) => others._values.All(_values.Contains)
        ? this
        : new([.. _values.Union(others._values).OrderByDescending(value => value.Length)]);

    public WorkerResult Mask(WorkerResult result) => result with
    {
        Output = Mask(result.Output),
        Error = result.Error is { } error ? Mask(error) : null,
        Metadata = (JsonObject)Mask(result.Metadata)!,
    };

    private JsonNode? Mask(JsonNode? node) => node switch
    {
        JsonObject json => new JsonObject(json.Select(field => KeyValuePair.Create(field.Key, Mask(field.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Mask)]),
        JsonValue value when value.TryGetValue(out string? text) => JsonValue.Create(Mask(text)),
        _ => node?.DeepClone(),
    };

    /// <summary>Base64 of it, without the end, which depends on what follows.</summary>
    private static string Encoded(string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        return Convert.ToBase64String(bytes, 0, bytes.Length / 3 * 3);
    }
}
