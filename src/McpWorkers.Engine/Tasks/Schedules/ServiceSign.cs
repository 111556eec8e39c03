using System.Globalization;

namespace McpWorkers.Engine.Tasks.Schedules;

/// <summary>By what a process knows that a service manager started it, and will do so again after the machine was started.</summary>
internal static class ServiceSign
{
    /// <summary>What whoever makes a schedule must know where that is not so; null where it is.</summary>
    public static string? Warning() => IsService(Environment.GetEnvironmentVariable, Environment.ProcessId)
        ? null
        : "Schedules are kept only while the daemon runs, and here no service manager starts it: after the machine was started anew, it begins with the first command. "
            + "Install it as a service (docs/daemon.md, As a service).";

    /// <param name="variable">Of the process's environment; null where there is none.</param>
    public static bool IsService(Func<string, string?> variable, int processId) =>
        // systemd from 248 on. INVOCATION_ID says less: whatever a service starts inherits it, a desktop's terminal among them.
        variable("SYSTEMD_EXEC_PID") == processId.ToString(CultureInfo.InvariantCulture)
        // launchd: the label of the unit; other programs have another one, or 0.
        || variable("XPC_SERVICE_NAME")?.Contains("mcpworkers", StringComparison.OrdinalIgnoreCase) == true
        // In a container of its own: whoever starts that is its manager.
        || processId == 1;
}
