namespace McpWorkers.Engine.Settings.Keys;

/// <summary>What a key may hold. Closed: reader, JSON schemas and documentation each know every case.</summary>
internal abstract record SettingShape
{
    private SettingShape()
    {
    }

    /// <summary>In words, after "Allowed:".</summary>
    public abstract string Allowed { get; }

    public sealed record Flag : SettingShape
    {
        public override string Allowed => "true or false";
    }

    /// <param name="Clamped">A number outside is moved to the nearer end with a warning, instead of being refused.</param>
    public sealed record Whole(long Min, long Max, bool Clamped = false) : SettingShape
    {
        public override string Allowed => FormattableString.Invariant($"a whole number from {Min} to {Max}");
    }

    public sealed record Number(double Min, double Max) : SettingShape
    {
        public override string Allowed => FormattableString.Invariant($"a number from {Min} to {Max}");
    }

    /// <summary>An amount of bytes.</summary>
    /// <param name="Min">In bytes; so for the other.</param>
    public sealed record Size(long Min, long Max) : SettingShape
    {
        public override string Allowed => $"a number of bytes, or one with K, M, G or T, from {SizeText.Of(Min)} to {SizeText.Of(Max)}";
    }

    public sealed record Text(TextRule Rule) : SettingShape
    {
        public override string Allowed => Rule.Allowed;
    }

    public sealed record TextList(TextRule Item) : SettingShape
    {
        public override string Allowed => $"a list, each item {Item.Allowed}";
    }

    /// <summary>A list of words, or one text that is split into words as a shell does.</summary>
    public sealed record Words : SettingShape
    {
        public override string Allowed => "a text with at least one word, its quotes closed, or a list of texts";
    }

    /// <summary>Free names with texts. Merged name by name.</summary>
    public sealed record TextMap(TextRule Name) : SettingShape
    {
        public override string Allowed => $"a mapping; each name: {Name.Allowed}; each value: a text";
    }

    public sealed record Section(KeyTable Keys) : SettingShape
    {
        public override string Allowed => "a mapping with the keys " + string.Join(", ", Keys.Names);
    }

    /// <summary>A list of mappings, each with a <c>name</c>. Merged by name, key by key.</summary>
    public sealed record Entries(KeyTable Keys, bool OtherKeys = false) : SettingShape
    {
        public override string Allowed => "a list of mappings, each with a name";
    }
}
