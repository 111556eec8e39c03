using System.Runtime.InteropServices;

namespace McpWorkers.Engine.Agents.Copilot;

/// <summary>
/// Finds copilot's native program beside its loader. A signal to the loader ends the loader alone: the program and its shell go on and
/// hold standard output open (seen with 1.0.102). Names as in the loader of that version.
/// </summary>
internal static class CopilotBinary
{
    /// <param name="loader">Absolute path of <c>copilot</c>, a link to the loader or the loader itself.</param>
    /// <returns>Null where there is none: the loader is run then.</returns>
    public static string? Find(string loader, Func<string, bool> exists)
    {
        string folder = Path.GetDirectoryName(loader) ?? "";
        string file = OperatingSystem.IsWindows() ? "copilot.exe" : "copilot";
        foreach (string package in Packages())
        {
            foreach (string place in Places(folder))
            {
                string candidate = Path.GetFullPath(Path.Combine(place, package, file));
                if (exists(candidate))
                {
                    return candidate;
                }
            }
        }

        return null;
    }

    private static IEnumerable<string> Packages()
    {
        string architecture = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        if (!OperatingSystem.IsLinux())
        {
            return [OperatingSystem.IsWindows() ? $"copilot-win32-{architecture}" : $"copilot-darwin-{architecture}"];
        }

        string[] both = [$"copilot-linux-{architecture}", $"copilot-linuxmusl-{architecture}"];
        return RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal) ? both.Reverse() : both;
    }

    /// <summary>Where npm puts the package, seen from each place where the loader or a link to it stands.</summary>
    private static IEnumerable<string> Places(string folder)
    {
        const string Scope = "@github";
        const string Own = "copilot";
        string[] roots =
        [
            // node_modules/.bin
            Path.Combine(folder, ".."),
            // node_modules/@github/copilot, the loader itself
            Path.Combine(folder, "..", ".."),
            // bin of a global installation, and on Windows its folder itself
            Path.Combine(folder, "..", "lib", "node_modules"),
            Path.Combine(folder, "node_modules"),
        ];
        foreach (string root in roots)
        {
            yield return Path.Combine(root, Scope);
            yield return Path.Combine(root, Scope, Own, "node_modules", Scope);
        }
    }
}
