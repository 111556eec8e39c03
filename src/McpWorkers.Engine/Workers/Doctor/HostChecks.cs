using System.Runtime.InteropServices;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Doctor;

/// <summary>What the host itself needs: a place for its data, a shell, a platform that was tried.</summary>
internal static class HostChecks
{
    private const UnixFileMode OthersMayEnter =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public static IEnumerable<DoctorCheck> All(HostSettings settings, Func<string, string?> find, DoctorCheck store) =>
        [DataDirectory(settings.DataDirectory), .. Shell(find), Platform(), store, .. settings.Warnings.Select(Warning)];

    private static DoctorCheck DataDirectory(string path)
    {
        const string Name = "data directory";
        const string Remedy = "Set data_directory in mcpworkers.yaml to a directory that you may write.";
        if (!Directory.Exists(path))
        {
            string? above = NearestExisting(path);
            return File.Exists(path) ? new(Name, CheckStatus.Failed, $"{path} is a file.", Remedy)
                : above is not null && IsWritable(above, out _) ? new(Name, CheckStatus.Ok, $"{path} is made at the first run.")
                : new(Name, CheckStatus.Failed, $"{path} does not exist and cannot be made.", Remedy);
        }

        if (!IsWritable(path, out string reason))
        {
            return new(Name, CheckStatus.Failed, $"{path} cannot be written: {reason}", Remedy);
        }

        return !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & OthersMayEnter) != 0
            ? new(Name, CheckStatus.Warning, $"{path} is open to other users (mode {Octal(File.GetUnixFileMode(path))}); it holds prompts and outputs.", $"chmod 700 {path}")
            : new(Name, CheckStatus.Ok, $"{path} can be written.");
    }

    private static string? NearestExisting(string path)
    {
        string? above = Path.GetDirectoryName(path);
        while (above is not null && !Directory.Exists(above))
        {
            above = Path.GetDirectoryName(above);
        }

        return above;
    }

    /// <summary>Tried, because modes do not tell all: file systems can be read-only or full.</summary>
    private static bool IsWritable(string directory, out string reason)
    {
        string file = Path.Combine(directory, $".mcpworkers-doctor-{Guid.NewGuid():N}");
        try
        {
            using (new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose))
            {
                reason = "";
                return true;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reason = e.Message;
            return false;
        }
    }

    private static IEnumerable<DoctorCheck> Shell(Func<string, string?> find)
    {
        if (OperatingSystem.IsWindows())
        {
            yield break;
        }

        yield return find("sh") is { } path
            ? new("shell", CheckStatus.Ok, $"sh is {path}.")
            : new("shell", CheckStatus.Failed, "There is no sh on PATH; every run is started through it.", "Put a POSIX shell on PATH.");
    }

    private static DoctorCheck Platform()
    {
        const string Name = "platform";
        string here = $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}, {RuntimeInformation.FrameworkDescription}";
        return OperatingSystem.IsLinux() ? new(Name, CheckStatus.Ok, $"{here}: tried and tested.")
            : OperatingSystem.IsMacOS() ? new(Name, CheckStatus.Warning, $"{here}: runs by the same code as Linux, but has not been tried.")
            : new(Name, CheckStatus.Warning, $"{here}: has not been tried.");
    }

    private static DoctorCheck Warning(string warning) => new("settings", CheckStatus.Warning, warning);

    private static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8).PadLeft(3, '0');
}
