namespace McpWorkers.Engine.Settings.Reading;

/// <summary>A YAML node with its line.</summary>
internal abstract record YamlItem(long Line)
{
    /// <param name="Plain">Written without quotes: only then are <c>true</c>, <c>10</c> and <c>null</c> what they look like.</param>
    public sealed record Scalar(string Text, bool Plain, long Line) : YamlItem(Line)
    {
        public bool IsNull => Plain && Text is "" or "~" or "null" or "Null" or "NULL";
    }

    public sealed record Sequence(IReadOnlyList<YamlItem> Items, long Line) : YamlItem(Line);

    /// <summary>Keys may repeat: it is for the reader of the mapping to say so.</summary>
    public sealed record Mapping(IReadOnlyList<(Scalar Key, YamlItem Value)> Pairs, long Line) : YamlItem(Line);
}
