namespace McpWorkers.Engine.Settings.Reading;

/// <summary>Collects what is wrong, so that all of it is told at once.</summary>
internal sealed class SettingsProblems
{
    private readonly List<string> _problems = [];
    private readonly List<string> _warnings = [];

    public IReadOnlyList<string> Problems => _problems;

    public IReadOnlyList<string> Warnings => _warnings;

    public void NotAllowed(SettingOrigin origin, string key, string value, string allowed) =>
        Add(origin, $"{key}: {value} is not allowed. Allowed: {allowed}.");

    public void Add(SettingOrigin origin, string message) => Add($"{origin}: {message}");

    public void Add(string message) => _problems.Add(OneLine(message));

    public void Warn(SettingOrigin origin, string message) => _warnings.Add(OneLine($"{origin}: {message}"));

    /// <summary>Keys and values are quoted as they were written: a line feed in them must not look like another problem.</summary>
    private static string OneLine(string message) => string.Concat(message.Select(c => char.IsControl(c) ? '\uFFFD' : c));
}
