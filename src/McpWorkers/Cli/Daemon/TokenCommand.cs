using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Daemon;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Daemon;

/// <summary><c>mcpworkers token …</c>: who may come in by HTTP.</summary>
internal static class TokenCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static Command Build(CliEnvironment environment, CommonOptions common) => new("token", "Access tokens for HTTP.")
    {
        Create(environment, common),
        List(environment, common),
        Revoke(environment, common),
    };

    private static Command Create(CliEnvironment environment, CommonOptions common)
    {
        var name = new Argument<string>("NAME") { Description = "What the token is called: letters, digits, '-', '_', '.'." };
        var scope = new Option<string>("--scope")
        {
            Description = "read (look), operate (also spawn, execute, cancel, close) or admin (also tokens and the daemon).",
            HelpName = "read|operate|admin",
            DefaultValueFactory = _ => "operate",
        };
        var expires = new Option<int?>("--expires") { Description = "Days until it is of no more use, 1 to 3650; never where left out.", HelpName = "DAYS" };
        var json = CommonOptions.Json();
        var command = new Command("create", "Make a token and print it, once: it is kept nowhere.") { name, scope, expires, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var made = await AskAsync(
                environment,
                common.EngineOf(parsed),
                DaemonMethods.CreateToken,
                new() { ["name"] = parsed.GetValue(name), ["scope"] = parsed.GetValue(scope), ["expires_days"] = parsed.GetValue(expires) },
                cancellationToken);
            await environment.Out.WriteLineAsync(parsed.GetValue(json) ? made.ToJsonString(ResultJson.RelaxedIndented) : (string?)made["token"]);
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command List(CliEnvironment environment, CommonOptions common)
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "List the tokens by name; the tokens themselves are not kept.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var answer = await AskAsync(environment, common.EngineOf(parsed), DaemonMethods.ListTokens, [], cancellationToken);
            var tokens = answer["tokens"]!.AsArray();
            await (parsed.GetValue(json)
                ? environment.Out.WriteLineAsync(tokens.ToJsonString(ResultJson.RelaxedIndented))
                : environment.Out.WriteAsync(tokens.Count == 0 ? "There are no tokens.\n" : string.Concat(tokens.Select(token => Line(token!.AsObject())))));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Revoke(CliEnvironment environment, CommonOptions common)
    {
        var name = new Argument<string>("NAME");
        var command = new Command("revoke", "Remove a token: whoever has it is out.") { name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await AskAsync(environment, common.EngineOf(parsed), DaemonMethods.RevokeToken, new() { ["name"] = parsed.GetValue(name) }, cancellationToken);
            await environment.Out.WriteLineAsync($"Token '{parsed.GetValue(name)}' is revoked.");
            return ExitCodes.Success;
        });
        return command;
    }

    private static string Line(JsonObject token) =>
        $"{token["name"],-20} {token["scope"],-8} made {token["created"]}, {(token["expires"] is { } end ? $"until {end}" : "without end")}, "
        + $"{(token["last_used"] is { } used ? $"used {used}" : "never used")}\n";

    private static Task<JsonObject> AskAsync(
        CliEnvironment environment, EngineRequest request, string method, JsonObject parameters, CancellationToken cancellationToken) =>
        DaemonQuestion.AskAsync(environment, request, method, parameters, Limit, cancellationToken);
}
