namespace McpWorkers.Engine.Settings.Keys;

/// <summary>One key: its name, what it may hold, and what it means.</summary>
/// <param name="Meaning">One line, for the JSON schema and the documentation.</param>
/// <param name="Default">As it would be written in YAML. Null where leaving the key out has no single value: then the meaning says what happens.</param>
internal sealed record SettingKey(string Name, SettingShape Shape, string Meaning, string? Default = null);

/// <summary>The keys of one mapping, in the order of the documentation.</summary>
internal sealed class KeyTable(params SettingKey[] keys)
{
    public IReadOnlyList<SettingKey> Keys { get; } = keys;

    public IEnumerable<string> Names => Keys.Select(k => k.Name);

    public SettingKey? Find(string name) => Keys.FirstOrDefault(k => k.Name == name);

    public KeyTable With(KeyTable other) => new([.. Keys, .. other.Keys]);
}
