using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Daemon;

/// <summary>The way to the page: its address, with a code for a browser.</summary>
internal sealed class PageMethods(DaemonWeb web, Action opened)
{
    /// <summary><c>{scope: read|operate}</c> → <c>{url, scope, http_opened}</c>. HTTP is opened where it is not.</summary>
    public async Task<JsonObject> OpenAsync(JsonObject parameters, CancellationToken cancellationToken)
    {
        string name = (string?)parameters["scope"] ?? "operate";
        var scope = name switch
        {
            "read" => TokenScope.Read,
            "operate" => TokenScope.Operate,
            _ => throw new RefusedException(RefusalCode.InvalidArgument, $"scope is '{name}'; allowed for the page are read, operate."),
        };
        bool isNew = web.Url is null;
        return new() { ["url"] = await web.PageAsync(scope, opened, cancellationToken), ["scope"] = name, ["http_opened"] = isNew };
    }
}
