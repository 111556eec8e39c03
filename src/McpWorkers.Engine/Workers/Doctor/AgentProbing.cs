using System.Text.RegularExpressions;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Doctor;

/// <summary>Asks one program of an agent for its version and flags, and looks for a key or login.</summary>
internal sealed partial class AgentProbing(
    Func<string, string?> find,
    Func<string, IReadOnlyList<string>, TimeSpan, CancellationToken, Task<CommandOutput>> run,
    DoctorSurroundings surroundings)
{
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(15);

    public async Task<AgentReport> LookAtAsync(
        IAgentAdapter adapter, string program, IEnumerable<WorkerType> types, CancellationToken cancellationToken)
    {
        var probe = adapter.Probe;
        var report = new AgentReport
        {
            Agent = adapter.Name,
            Program = program,
            Path = find(program),
            Install = program == probe.Executable ? probe.Install : "",
            Credential = Credential(probe, types),
            IsKnown = probe.Executable.Length > 0,
        };
        if (report.Path is not { } path)
        {
            return report;
        }

        List<string> warnings = [];
        string? version = await VersionAsync(probe, path, warnings, cancellationToken);
        var missing = await MissingFlagsAsync(probe, path, warnings, cancellationToken);
        if (report.Credential is null && probe.CredentialVariables.Count + probe.CredentialFiles.Count > 0)
        {
            warnings.Add("No key or login was found; looked for " + string.Join(
                ", ", probe.CredentialVariables.Select(v => $"variable {v}").Concat(probe.CredentialFiles.Select(f => $"file ~/{f}"))) + ".");
        }

        return report with
        {
            Version = version,
            VersionProved = version is not null && probe.ProvedVersions.Contains(version),
            MissingFlags = missing,
            Warnings = warnings,
        };
    }

    private async Task<string?> VersionAsync(AgentProbe probe, string path, List<string> warnings, CancellationToken cancellationToken)
    {
        if (probe.VersionArguments.Count == 0)
        {
            return null;
        }

        var output = await run(path, probe.VersionArguments, CommandTimeout, cancellationToken);
        // Some print warnings beside it, with numbers in them: standard output goes first.
        string? version = new[] { output.Stdout, output.Stderr }.Select(t => Version().Match(t)).FirstOrDefault(m => m.Success)?.Value;
        string asked = string.Join(' ', probe.VersionArguments);
        if (output.ExitCode != 0)
        {
            warnings.Add(output.TimedOut
                ? FormattableString.Invariant($"It did not answer {asked} within {CommandTimeout.TotalSeconds} s.")
                : output.ExitCode is { } code
                    ? FormattableString.Invariant($"{asked} ended with exit code {code}.")
                    : $"It could not be started: {FirstLine(output.Stderr)}");
            return null;
        }

        if (version is null)
        {
            warnings.Add($"What it prints for {asked} names no version.");
        }
        else if (!probe.ProvedVersions.Contains(version))
        {
            warnings.Add($"Version {version} has not been tried with McpWorkers; tried: {(probe.ProvedVersions.Count > 0 ? string.Join(", ", probe.ProvedVersions) : "none")}.");
        }

        return version;
    }

    private async Task<IReadOnlyList<string>> MissingFlagsAsync(
        AgentProbe probe, string path, List<string> warnings, CancellationToken cancellationToken)
    {
        if (probe.HelpArguments.Count == 0 || probe.Flags.Count == 0)
        {
            return [];
        }

        string help = "";
        foreach (var arguments in probe.HelpArguments)
        {
            var output = await run(path, arguments, CommandTimeout, cancellationToken);
            if (output.ExitCode is null)
            {
                warnings.Add($"Its help ({string.Join(' ', arguments)}) could not be read.");
                return [];
            }

            help += output.Stdout + "\n" + output.Stderr + "\n";
        }

        string[] missing = [.. probe.Flags.Where(flag => !Shows(help, flag))];
        if (missing.Length > 0)
        {
            warnings.Add($"Its help does not show {string.Join(", ", missing)}, which McpWorkers uses: runs may fail.");
        }

        return missing;
    }

    /// <summary>A whole word: <c>--output</c> is not shown by <c>--output-format</c>.</summary>
    private static bool Shows(string help, string flag) =>
        Regex.IsMatch(help, $"(?<![A-Za-z0-9-]){Regex.Escape(flag)}(?![A-Za-z0-9-])", RegexOptions.CultureInvariant);

    private string? Credential(AgentProbe probe, IEnumerable<WorkerType> types)
    {
        bool Set(IReadOnlyDictionary<string, string> environment, string name) =>
            environment.TryGetValue(name, out var value) && value.Length > 0;
        foreach (string name in probe.CredentialVariables)
        {
            if (Set(surroundings.Environment, name))
            {
                return $"variable {name}";
            }

            if (types.FirstOrDefault(t => Set(t.Environment, name)) is { } type)
            {
                return $"variable {name} of worker type {type.Name}";
            }
        }

        return probe.CredentialFiles.FirstOrDefault(f => File.Exists(Path.Combine(surroundings.HomeDirectory, f))) is { } file
            ? $"file ~/{file}"
            : null;
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0].Trim();

    [GeneratedRegex(@"\d+\.\d+(\.\d+)*(-[0-9A-Za-z.]+)?")]
    private static partial Regex Version();
}
