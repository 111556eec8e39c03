using System.Runtime.InteropServices;
using SQLitePCL;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>
/// Which SQLite this process uses: the system's, which its maker keeps patched, else the one that comes with us, whose last release is of
/// 2021. Decided once, before the first connection.
/// </summary>
internal static class SqliteLibrary
{
    /// <summary>Set to true before the first store is opened, takes the bundled library whatever the system has: for tests of both.</summary>
    public const string BundledOnlySwitch = "McpWorkers.Storage.BundledSqlite";

    /// <summary>What the SQL here was written for: the bundled version.</summary>
    private const int Minimum = 3_035_005;

    /// <summary>The first without CVE-2022-35737. Later repairs are backported by distributions and cannot be told by the number.</summary>
    private const int Recommended = 3_039_002;

    private static readonly Lazy<Choice> Chosen = new(Load);

    private static IntPtr _handle;

    /// <param name="Version">Such as 3.40.1.</param>
    /// <param name="Source">Name of the system's library, or <c>bundled</c>.</param>
    internal sealed record Choice(string Version, string Source, string? Warning);

    /// <exception cref="StoreException">No usable library is to be found.</exception>
    public static Choice Use() => Chosen.Value;

    private static Choice Load()
    {
        string? tooOld = null;
        AppContext.TryGetSwitch(BundledOnlySwitch, out bool bundledOnly);
        foreach (string name in bundledOnly ? [] : SystemNames())
        {
            if (!TryLoad(name, out var handle))
            {
                continue;
            }

            int version = VersionOf(handle);
            if (version >= Minimum)
            {
                return Take(handle, name, version < Recommended
                    ? $"The system's SQLite {Dotted(version)} ({name}) has known faults. Update it to {Dotted(Recommended)} or later." : null);
            }

            tooOld ??= $"The system's SQLite {Dotted(version)} ({name}) is older than {Dotted(Minimum)}";
            NativeLibrary.Free(handle);
        }

        foreach (string path in BundledPaths())
        {
            if (TryLoad(path, out var handle))
            {
                return Take(handle, "bundled", $"{tooOld ?? "No SQLite of the system's was found"}: the bundled {Dotted(VersionOf(handle))} is used, "
                    + $"which gets no repairs any more. Install the system's (Debian: libsqlite3-0, Alpine: sqlite-libs), {Dotted(Recommended)} or later.");
            }
        }

        throw new StoreException(
            StoreFault.Io,
            $"{tooOld ?? "No SQLite library was found"}, and none is bundled for {RuntimeInformation.RuntimeIdentifier}. "
            + $"Install the system's (Debian: libsqlite3-0, Alpine: sqlite-libs), {Dotted(Recommended)} or later.");
    }

    private static Choice Take(IntPtr handle, string source, string? warning)
    {
        _handle = handle;
        NativeLibrary.SetDllImportResolver(
            typeof(SQLite3Provider_e_sqlite3).Assembly, static (name, _, _) => name == "e_sqlite3" ? _handle : IntPtr.Zero);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        return new(Dotted(VersionOf(handle)), source, warning);
    }

    private static string[] SystemNames() =>
        OperatingSystem.IsWindows() ? ["winsqlite3.dll"]
        : OperatingSystem.IsMacOS() ? ["/opt/homebrew/opt/sqlite/lib/libsqlite3.dylib", "/usr/lib/libsqlite3.dylib", "libsqlite3.dylib"]
        : ["libsqlite3.so.0"];

    private static IEnumerable<string> BundledPaths()
    {
        string architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        (string[] systems, string file) = OperatingSystem.IsWindows() ? (["win"], "e_sqlite3.dll")
            : OperatingSystem.IsMacOS() ? (["osx"], "libe_sqlite3.dylib")
            : ((string[])["linux", "linux-musl"], "libe_sqlite3.so");
        return systems.Select(system => Path.Combine(AppContext.BaseDirectory, "runtimes", $"{system}-{architecture}", "native", file));
    }

    private static bool TryLoad(string name, out IntPtr handle)
    {
        // By name from the system's directory alone: on Windows a file of that name in the working directory would come first.
        bool loaded = OperatingSystem.IsWindows() && !Path.IsPathRooted(name)
            ? NativeLibrary.TryLoad(Path.Combine(Environment.SystemDirectory, name), out handle)
            : NativeLibrary.TryLoad(name, out handle);
        return loaded && NativeLibrary.TryGetExport(handle, "sqlite3_libversion_number", out _);
    }

    private static unsafe int VersionOf(IntPtr library) =>
        ((delegate* unmanaged[Cdecl]<int>)NativeLibrary.GetExport(library, "sqlite3_libversion_number"))();

    private static string Dotted(int version) => $"{version / 1_000_000}.{version / 1000 % 1000}.{version % 1000}";
}
