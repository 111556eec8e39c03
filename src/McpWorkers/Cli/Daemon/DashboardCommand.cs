using System.CommandLine;
using System.Text;
using McpWorkers.Daemon;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Daemon;

/// <summary><c>mcpworkers dashboard</c>: the web page, opened.</summary>
internal static class DashboardCommand
{
    /// <summary>One of them is set where a browser could be seen.</summary>
    private static readonly string[] Displays = ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"];

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(5);

    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var noOpen = new Option<bool>("--no-open") { Description = "Only print the address." };
        var readOnly = new Option<bool>("--read-only") { Description = "A page to look at: nothing can be spawned, run or stopped from it." };
        var json = CommonOptions.Json();
        var command = new Command("dashboard", "Open the web page: workers, their live output, history, use and load.") { noOpen, readOnly, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = common.EngineOf(parsed);
            string scope = parsed.GetValue(readOnly) ? "read" : "operate";
            var answer = await DaemonQuestion.AskAsync(environment, request, DaemonMethods.Page, new() { ["scope"] = scope }, Limit, cancellationToken);
            string url = (string)answer["url"]!;
            if (parsed.GetValue(json))
            {
                answer["seconds"] = 60;
                await environment.Out.WriteLineAsync(answer.ToJsonString(ResultJson.RelaxedIndented));
            }
            else
            {
                await environment.Out.WriteLineAsync(url);
                await environment.Error.WriteLineAsync("The address lets one browser in, within 60 seconds. It is a key: give it to nobody.");
            }

            if (!parsed.GetValue(noOpen) && await OpenAsync(environment, environment.Daemon.Door(request, "cli").DataDirectory, url, cancellationToken) is { } why)
            {
                await environment.Error.WriteLineAsync($"No browser was opened: {why} Open the address yourself.");
            }

            return ExitCodes.Success;
        });
        return command;
    }

    /// <summary>Null where a browser was opened; else why not.</summary>
    private static async Task<string?> OpenAsync(CliEnvironment environment, string dataDirectory, string url, CancellationToken cancellationToken)
    {
        bool isMac = OperatingSystem.IsMacOS();
        if (!isMac && !OperatingSystem.IsWindows() && !Displays.Any(name => environment.Variables.GetValueOrDefault(name) is { Length: > 0 }))
        {
            return "there is no display here.";
        }

        // Arguments can be read by every user of this machine, and the address is a key. So the browser is given a file that leads there.
        string path = Path.Combine(dataDirectory, "dashboard.html");
        try
        {
            DataDirectory.WritePrivate(path, Encoding.UTF8.GetBytes(
                $"<!doctype html><meta charset=utf-8><meta name=referrer content=no-referrer><title>McpWorkers</title><meta http-equiv=refresh content=\"0;url={url}\">\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path} cannot be written: {TerminalText.Visible(e.Message)}";
        }

        string program = isMac ? "open" : OperatingSystem.IsWindows() ? "explorer" : "xdg-open";
        try
        {
            int exitCode = await environment.AtTerminal([program, path], environment.WorkingDirectory, cancellationToken).WaitAsync(OpenLimit, environment.Time, cancellationToken);
            return exitCode == 0 || OperatingSystem.IsWindows() ? null : $"'{program}' ended with exit code {exitCode}.";
        }
        catch (TimeoutException)
        {
            // Some openers stay for as long as the browser does.
            return null;
        }
        catch (RefusedException missing)
        {
            return missing.Message;
        }
    }
}
