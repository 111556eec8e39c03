using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;
using McpWorkers.Http.Guard;

namespace McpWorkers.Daemon;

/// <summary>Access tokens: made here and told once; only their hashes are kept.</summary>
internal sealed partial class TokenMethods(WorkerManager manager, TimeProvider time)
{
    public const string Prefix = AccessToken.Prefix;

    private const int DaysMax = 3650;

    /// <summary><c>{name, scope, expires_days?}</c> → <c>{name, scope, token, created, expires}</c>.</summary>
    public async Task<JsonObject> CreateAsync(JsonObject parameters, CancellationToken cancellationToken)
    {
        string name = Name(parameters);
        var scope = ScopeOf((string?)parameters["scope"]);
        int? days = (int?)parameters["expires_days"];
        if (days is < 1 or > DaysMax)
        {
            throw new RefusedException(RefusalCode.InvalidArgument, $"expires is {days} days; allowed is 1 to {DaysMax}.");
        }

        var now = time.GetUtcNow();
        var made = AccessToken.Make(name, scope, now, days is { } lasts ? now.AddDays(lasts) : null);
        if (!await manager.Tokens.AddAsync(made.Stored))
        {
            throw new RefusedException(
                RefusalCode.AlreadyOwned, $"A token named '{name}' exists. Choose another name, or remove that one first: mcpworkers token revoke {name}");
        }

        var json = ToJson(made.Stored);
        json["token"] = made.Text;
        return json;
    }

    /// <summary><c>{tokens: [{name, scope, created, expires, last_used}]}</c>, oldest first.</summary>
    public async Task<JsonObject> ListAsync(JsonObject parameters, CancellationToken cancellationToken) => new()
    {
        ["tokens"] = new JsonArray([.. (await manager.Tokens.ListAsync(cancellationToken)).Select(ToJson)]),
    };

    /// <summary><c>{name}</c>.</summary>
    public async Task<JsonObject> RevokeAsync(JsonObject parameters, CancellationToken cancellationToken)
    {
        string name = Name(parameters);
        return await manager.Tokens.RemoveAsync(name)
            ? new() { ["name"] = name }
            : throw new RefusedException(RefusalCode.NotFound, $"There is no token named '{name}'. Those that exist: mcpworkers token list");
    }

    private static JsonObject ToJson(StoredToken token) => new()
    {
        ["name"] = token.Name,
        ["scope"] = NameOf(token.Scope),
        ["created"] = Time(token.Created),
        ["expires"] = Time(token.Expires),
        ["last_used"] = Time(token.LastUsed),
    };

    private static string? Time(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string NameOf(TokenScope scope) => scope switch
    {
        TokenScope.Read => "read",
        TokenScope.Operate => "operate",
        TokenScope.Admin => "admin",
        _ => throw new ArgumentOutOfRangeException(nameof(scope), scope, null),
    };

    private static TokenScope ScopeOf(string? name) => name switch
    {
        "read" => TokenScope.Read,
        "operate" => TokenScope.Operate,
        "admin" => TokenScope.Admin,
        _ => throw new RefusedException(RefusalCode.InvalidArgument, $"scope is '{name}'; allowed are read, operate, admin."),
    };

    private static string Name(JsonObject parameters) => (string?)parameters["name"] is { } name && TokenName().IsMatch(name)
        ? name
        : throw new RefusedException(
            RefusalCode.InvalidArgument, $"'{(string?)parameters["name"]}' is no name for a token: 1 to 64 letters, digits, '-', '_' and '.'.");

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,64}\z")]
    private static partial Regex TokenName();
}
