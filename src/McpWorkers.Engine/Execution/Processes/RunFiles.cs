using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using McpWorkers.Engine.Execution.Output;
using Microsoft.Win32.SafeHandles;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>The files of a run directory that Execution knows, and how they are made: readable by their owner alone.</summary>
internal sealed class RunFiles(string directory)
{
    /// <summary>As long as what the wrapper writes over it, so that this works on a full disk too.</summary>
    public const string Running = "running\n               \n";

    /// <summary>More than any of the small files holds.</summary>
    public const int SmallBytesMax = 4 * 1024;

    private const int ExitBytesMax = 64;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Directory { get; } = directory;

    public string Launch => At("launch.json");

    public string Stdin => At("stdin");

    public string Channel => At("stdin.ndjson");

    public string Stdout => At("stdout.ndjson");

    public string Stderr => At("stderr.log");

    public string Pid => At("pid");

    /// <summary>
    /// Names the launch that the directory was made for. It is withdrawn once the launch has come to nothing: a wrapper without one of its own starts
    /// nothing, whatever it finds by the path that it was given.
    /// </summary>
    public string Ticket => At("ticket");

    public string Exit => At("exit");

    public string Stop => At("stop.json");

    /// <summary>Of a run in a container: what its wrapper saw of limits.</summary>
    public string Limits => At("limits");

    /// <summary>The limit that the kernel kept and that something of the run died of.</summary>
    public string Reached => At("reached.json");

    /// <summary>Makes a file that must not exist yet.</summary>
    /// <exception cref="IOException">It exists, or cannot be written.</exception>
    public static void Create(string path, ReadOnlySpan<byte> content)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using var file = new FileStream(path, options);
        file.Write(content);
    }

    public static void Create(string path, string content) => Create(path, Encoding.UTF8.GetBytes(content));

    public static string NewTicket() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>The exit code in an exit file, and the seconds since boot at which it was written where the system told them.</summary>
    /// <returns>Null while the wrapper has not written it, and without a file.</returns>
    public static (int Code, double? Uptime)? ReadExit(SafeFileHandle? file)
    {
        string[] lines = Encoding.UTF8.GetString(RegularFile.ReadEnd(file, ExitBytesMax)).Split('\n');
        return int.TryParse(lines[0].AsSpan().Trim(), CultureInfo.InvariantCulture, out int code)
            ? (code, lines.Length > 1 ? HostBoot.ParseUptime(lines[1]) : null)
            : null;
    }

    /// <summary>Writes what a wrapper would have written, where none could.</summary>
    public static void WriteExit(SafeFileHandle file, int code, double? uptime)
    {
        string time = uptime?.ToString("0.00", CultureInfo.InvariantCulture) ?? "";
        RandomAccess.Write(file, Encoding.UTF8.GetBytes($"{code.ToString(CultureInfo.InvariantCulture),-7}\n{time,-15}\n"), 0);
    }

    /// <summary>Who the wrapper is; null where it has not said so.</summary>
    public ProcessKey? ReadPid()
    {
        using var file = RegularFile.TryOpen(Pid);
        string line = Encoding.UTF8.GetString(RegularFile.ReadEnd(file, SmallBytesMax));
        return line.EndsWith('\n') ? ProcessTable.KeyOf(line) : null;
    }

    /// <summary>Whether it is still the directory of the launch with this ticket.</summary>
    public bool IsOf(string ticket) => Encoding.UTF8.GetString(RegularFile.TryRead(Ticket, SmallBytesMax) ?? []).Trim() == ticket;

    public static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    private string At(string name) => Path.Combine(Directory, name);
}
