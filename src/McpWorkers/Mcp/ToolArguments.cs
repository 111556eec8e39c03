using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using McpWorkers.Engine.Model;

namespace McpWorkers.Mcp;

/// <summary>
/// The arguments of one tool call, checked. The protocol library says nothing of what was wrong with an argument; a model needs the
/// argument's name, its value and what is allowed in order to correct the call.
/// </summary>
internal sealed class ToolArguments
{
    private const int ShownValueMax = 80;

    private readonly string _tool;
    private readonly IDictionary<string, JsonElement> _values;

    /// <param name="known">The names that the tool's input schema has.</param>
    /// <exception cref="RefusedException">There is an argument that the tool does not know.</exception>
    public ToolArguments(string tool, IDictionary<string, JsonElement>? values, IReadOnlyList<string> known)
    {
        _tool = tool;
        _values = values ?? new Dictionary<string, JsonElement>();
        if (_values.Keys.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
        {
            throw Refuse(known.Count == 0
                ? $"argument '{Shorten(unknown)}' is not known; the tool takes none"
                : $"argument '{Shorten(unknown)}' is not known; known are {string.Join(", ", known)}");
        }
    }

    public string Tool => _tool;

    /// <summary>Stands for all that was given: the same again for the same call, however its client orders the arguments.</summary>
    public string Digest()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in _values.OrderBy(each => each.Key, StringComparer.Ordinal))
        {
            text.Append(name).Append('\0');
            AddTo(text, value);
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    public string Text(string name) => OptionalText(name) ?? throw Missing(name, "a string");

    public string? OptionalText(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        { } value => throw WrongType(name, value, "a string"),
    };

    public IReadOnlyList<string> Texts(string name) => OptionalTexts(name) ?? throw Missing(name, "a list of strings");

    public IReadOnlyList<string>? OptionalTexts(string name)
    {
        if (Find(name) is not { } list)
        {
            return null;
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            throw WrongType(name, list, "a list of strings");
        }

        var texts = new List<string>(list.GetArrayLength());
        foreach (var item in list.EnumerateArray())
        {
            texts.Add(item.ValueKind == JsonValueKind.String
                ? item.GetString()!
                : throw WrongType($"{name}[{texts.Count}]", item, "a string"));
        }

        return texts;
    }

    /// <summary>An object, to be asked like the arguments of a call.</summary>
    /// <param name="known">The names that it may have.</param>
    public ToolArguments Object(string name, IReadOnlyList<string> known)
    {
        var value = Find(name) ?? throw Missing(name, "an object");
        return value.ValueKind == JsonValueKind.Object ? Inner(name, value, known) : throw WrongType(name, value, "an object");
    }

    /// <summary>A list of objects, each to be asked like the arguments of a call.</summary>
    /// <param name="known">The names that each may have.</param>
    public IReadOnlyList<ToolArguments> Objects(string name, IReadOnlyList<string> known)
    {
        const string Allowed = "a list of objects";
        if (Find(name) is not { } list)
        {
            throw Missing(name, Allowed);
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            throw WrongType(name, list, Allowed);
        }

        var objects = new List<ToolArguments>(list.GetArrayLength());
        foreach (var item in list.EnumerateArray())
        {
            string place = $"{name}[{objects.Count}]";
            objects.Add(item.ValueKind == JsonValueKind.Object ? Inner(place, item, known) : throw WrongType(place, item, "an object"));
        }

        return objects;
    }

    public bool Has(string name) => Find(name) is not null;

    /// <summary>A whole number; 3.0 counts as one.</summary>
    public int Integer(string name, int otherwise, int min, int max)
    {
        string allowed = string.Create(CultureInfo.InvariantCulture, $"an integer from {min} to {max}");
        double number = Number(name, otherwise, min, max, allowed);
        return double.IsInteger(number) ? (int)number : throw Refuse($"'{name}' is {Show(_values[name])}; allowed is {allowed}");
    }

    /// <summary>A number; null where it is left out.</summary>
    public decimal? Amount(string name, double min, double max) => Has(name)
        ? (decimal)Number(name, 0, min, max, string.Create(CultureInfo.InvariantCulture, $"a number from {min} to {max}"))
        : null;

    /// <summary>A whole number from 1 on; null where it is left out.</summary>
    public decimal? Whole(string name, long max)
    {
        string allowed = string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {max}");
        return !Has(name) ? null
            : Number(name, 0, 1, max, allowed) is var number && double.IsInteger(number) ? (decimal)number
            : throw Refuse($"'{name}' is {Show(_values[name])}; allowed is {allowed}");
    }

    public TimeSpan Seconds(string name, double otherwise, double min, double max) => TimeSpan.FromSeconds(
        Number(name, otherwise, min, max, string.Create(CultureInfo.InvariantCulture, $"a number of seconds from {min} to {max}")));

    public bool Boolean(string name, bool otherwise) => Find(name) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } value => throw WrongType(name, value, "true or false"),
    };

    public Permission? OptionalPermission(string name) => OptionalText(name) switch
    {
        null => null,
        var text when PermissionNames.TryParse(text, out var permission) => permission,
        var text => throw Refuse($"'{name}' is \"{Shorten(text)}\"; allowed are {string.Join(", ", PermissionNames.All)}"),
    };

    public LauncherKind? OptionalLauncher(string name) =>
        OptionalChoice(name, LauncherKindNames.All) is { } text && LauncherKindNames.TryParse(text, out var launcher) ? launcher : null;

    /// <summary>One of some names; null where it is left out.</summary>
    public string? OptionalChoice(string name, IReadOnlyList<string> allowed) => OptionalText(name) switch
    {
        null => null,
        var text when allowed.Contains(text) => text,
        var text => throw Refuse($"'{name}' is \"{Shorten(text)}\"; allowed are {string.Join(", ", allowed)}"),
    };

    private static void AddTo(StringBuilder text, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            text.Append('[').Append(value.GetArrayLength());
            foreach (var item in value.EnumerateArray())
            {
                AddTo(text, item);
            }

            return;
        }

        // How a text is escaped is nothing of what it says.
        string said = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        text.Append(value.ValueKind).Append(said.Length).Append(':').Append(said);
    }

    private ToolArguments Inner(string place, JsonElement value, IReadOnlyList<string> known)
    {
        // Of a name that comes twice the last counts, as in a call itself.
        var fields = new Dictionary<string, JsonElement>();
        foreach (var field in value.EnumerateObject())
        {
            fields[field.Name] = field.Value;
        }

        return new($"{_tool}: {place}", fields, known);
    }

    private double Number(string name, double otherwise, double min, double max, string allowed)
    {
        if (Find(name) is not { } value)
        {
            return otherwise;
        }

        if (value.ValueKind != JsonValueKind.Number)
        {
            throw WrongType(name, value, allowed);
        }

        // A number beyond the range of a double reads as infinity, which is out of any range.
        double number = value.GetDouble();
        return number >= min && number <= max ? number : throw Refuse($"'{name}' is {Show(value)}; allowed is {allowed}");
    }

    /// <summary>An explicit null stands for an argument that is not there: clients differ in what they leave out.</summary>
    private JsonElement? Find(string name) =>
        _values.TryGetValue(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined) ? value : null;

    private RefusedException Missing(string name, string allowed) => Refuse($"'{name}' is missing; it must be {allowed}");

    private RefusedException WrongType(string name, JsonElement value, string allowed) =>
        Refuse($"'{name}' is {KindOf(value)} ({Show(value)}); it must be {allowed}");

    /// <summary>What is wrong with the arguments together, without the point at its end.</summary>
    public RefusedException Refuse(string what) => new(RefusalCode.InvalidArgument, $"{_tool}: {what}.");

    private static string KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Array => "a list",
        _ => "an object",
    };

    private static string Show(JsonElement value) => Shorten(value.GetRawText());

    private static string Shorten(string text) => text.Length <= ShownValueMax ? text : text[..ShownValueMax] + "…";
}
