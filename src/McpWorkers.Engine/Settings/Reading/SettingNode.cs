namespace McpWorkers.Engine.Settings.Reading;

/// <summary>A checked piece of settings, with where it came from.</summary>
internal abstract record SettingNode(SettingOrigin Origin)
{
    /// <param name="Content">A bool, long, double, string or list of strings, as the key's shape says.</param>
    public sealed record Value(object Content, SettingOrigin Origin) : SettingNode(Origin);

    /// <summary>A mapping, or a list of named entries by name; in the order of first mention.</summary>
    public sealed record Branch(OrderedDictionary<string, SettingNode> Children, SettingOrigin Origin) : SettingNode(Origin)
    {
        public Branch(SettingOrigin origin)
            : this([], origin)
        {
        }

        public Branch? Under(string key) => Children.GetValueOrDefault(key) as Branch;

        /// <summary>The value of a key; null where it is not set.</summary>
        public Value? this[string key] => Children.GetValueOrDefault(key) as Value;

        public T? Get<T>(string key)
            where T : class => this[key]?.Content as T;

        public long? Number(string key) => this[key]?.Content as long?;

        public double? Fraction(string key) => this[key]?.Content as double?;

        public bool? Flag(string key) => this[key]?.Content as bool?;

        /// <summary>This with everything of the later one, key by key: its values win, its lists replace.</summary>
        public Branch OverriddenBy(Branch later)
        {
            var merged = new OrderedDictionary<string, SettingNode>(Children);
            foreach (var (key, node) in later.Children)
            {
                merged[key] = node is Branch branch && merged.GetValueOrDefault(key) is Branch earlier
                    ? earlier.OverriddenBy(branch)
                    : node;
            }

            return new(merged, Origin);
        }
    }
}
