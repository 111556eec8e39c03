using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Settings;

/// <summary>One effective value, for showing.</summary>
/// <param name="Key">With dots: <c>bounds.silence_seconds</c>, <c>workers.terminal-claude.permission</c>.</param>
/// <param name="Value">As YAML would write it on one line. What looks like a secret is masked.</param>
/// <param name="Origin">A file and line, a variable, or the default.</param>
public sealed record SettingValue(string Key, string Value, SettingOrigin Origin);

/// <summary>What loading gave.</summary>
/// <param name="Settings">The settings of the host.</param>
/// <param name="Values">Every effective value with where it came from.</param>
/// <param name="Files">The files that were read, in that order.</param>
public sealed record LoadedSettings(HostSettings Settings, IReadOnlyList<SettingValue> Values, IReadOnlyList<string> Files);
