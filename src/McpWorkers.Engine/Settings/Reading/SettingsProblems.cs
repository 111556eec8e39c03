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

    public void Add(SettingOrigin origin, string message) => _problems.Add($"{origin}: {message}");

    public void Add(string message) => _problems.Add(message);

    public void Warn(SettingOrigin origin, string message) => _warnings.Add($"{origin}: {message}");
}
