namespace McpWorkers.Engine.Workers.Runs;

/// <summary>Names the signal that ended a process, from an exit code of 128 + n.</summary>
internal static class SignalName
{
    /// <summary>Null for codes that no signal gives. Numbers that differ between platforms are named by their number.</summary>
    public static string? Of(int? exitCode) => exitCode is > 128 and < 160
        ? (exitCode - 128) switch
        {
            1 => "SIGHUP",
            2 => "SIGINT",
            3 => "SIGQUIT",
            4 => "SIGILL",
            5 => "SIGTRAP",
            6 => "SIGABRT",
            8 => "SIGFPE",
            9 => "SIGKILL",
            11 => "SIGSEGV",
            13 => "SIGPIPE",
            14 => "SIGALRM",
            15 => "SIGTERM",
            var other => $"signal {other}",
        }
        : null;
}
