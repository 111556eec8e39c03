using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Cli.Verify;

/// <summary>How a workspace and a launcher went together.</summary>
/// <param name="Offered">Whether this machine has what it needs.</param>
/// <param name="Why">What did not work or is missing; empty where all is well.</param>
internal sealed record ModeVerdict(WorkspaceKind Workspace, LauncherKind Launcher, bool Offered, bool Works, string Why, TimeSpan Time)
{
    public string Word => Works ? "works" : Offered ? "fails" : "not offered";

    public JsonObject ToJson() => new()
    {
        ["workspace"] = Workspace.ToWire(),
        ["launcher"] = Launcher.ToWire(),
        ["offered"] = Offered,
        ["works"] = Works,
        ["why"] = Why.Length > 0 ? Why : null,
        ["seconds"] = Math.Round(Time.TotalSeconds, 3),
    };
}
