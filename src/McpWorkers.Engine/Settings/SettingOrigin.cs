namespace McpWorkers.Engine.Settings;

/// <summary>Where a value came from.</summary>
public abstract record SettingOrigin
{
    private SettingOrigin()
    {
    }

    public sealed record BuiltIn : SettingOrigin
    {
        public override string ToString() => "default";
    }

    /// <param name="Number">Counted from 1.</param>
    public sealed record Line(string File, long Number) : SettingOrigin
    {
        public override string ToString() => FormattableString.Invariant($"{File}:{Number}");
    }

    public sealed record Variable(string Name) : SettingOrigin
    {
        public override string ToString() => $"variable {Name}";
    }
}
