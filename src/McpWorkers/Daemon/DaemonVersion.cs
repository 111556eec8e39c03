using System.Reflection;

namespace McpWorkers.Daemon;

/// <summary>Which program speaks, and how.</summary>
/// <param name="Program">Such as <c>0.1.0</c>.</param>
/// <param name="Protocol">The number of the hello and of all that is said on the socket beside MCP; raised where an older peer could not cope.</param>
internal sealed record DaemonVersion(string Program, int Protocol)
{
    public const int CurrentProtocol = 1;

    public static DaemonVersion Current { get; } = new(
        typeof(DaemonVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0], CurrentProtocol);

    /// <summary>What a client makes of a daemon that runs already. Pure.</summary>
    public DaemonFit Judge(DaemonVersion daemon)
    {
        int order = Compare(daemon.Program, Program);
        return daemon.Protocol > Protocol ? DaemonFit.TooNew
            // An older program with the same protocol is replaced too: its user has installed the new one in order to use it.
            : daemon.Protocol < Protocol || order < 0 ? DaemonFit.Older
            : DaemonFit.Same;
    }

    /// <summary>Numbers by their value; a version with a suffix (<c>1.0.0-beta.2</c>) comes before the one without it.</summary>
    private static int Compare(string left, string right)
    {
        var (leftNumbers, leftSuffix) = Split(left);
        var (rightNumbers, rightSuffix) = Split(right);
        int numbers = leftNumbers.CompareTo(rightNumbers);
        return numbers != 0 ? numbers
            : leftSuffix.Length == 0 || rightSuffix.Length == 0 ? rightSuffix.Length.CompareTo(leftSuffix.Length)
            : string.CompareOrdinal(leftSuffix, rightSuffix);
    }

    private static (Version Numbers, string Suffix) Split(string version)
    {
        string[] parts = version.Split('-', 2);
        return (Version.TryParse(parts[0], out var numbers) ? numbers : new(0, 0), parts.Length > 1 ? parts[1] : "");
    }
}

/// <summary>Whether a client can work with a daemon.</summary>
internal enum DaemonFit
{
    Same,

    /// <summary>It is asked to leave, and its runs go on under the new one.</summary>
    Older,

    /// <summary>It speaks in a way that this client does not know.</summary>
    TooNew,
}
