using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Http.Guard;
using McpWorkers.Http.Rest;
using Microsoft.AspNetCore.Http;

namespace McpWorkers.Http.Page;

/// <summary>
/// Exchanges a code for an access token of the page's own. It is stored as all tokens are, by its hash: so the page goes on over a restart of the
/// daemon, is listed by <c>mcpworkers token list</c>, and is out as soon as its token is revoked.
/// </summary>
internal sealed class PageSession(PageCodes codes, ITokenStore tokens, BearerTokens known, TimeProvider time)
{
    public const string Address = "/api/v1/page/session";

    private const string NamePrefix = "page-";
    private const int SessionsMax = 50;

    private const string BodySchema = """{"type":"object","properties":{"code":{"type":"string"}},"required":["code"]}""";

    private const string AnswerSchema =
        """
        {"type":"object","properties":{
        "token":{"type":"string"},"scope":{"type":"string","enum":["read","operate"]},"expires_at":{"type":"string","format":"date-time"}},
        "required":["token","scope","expires_at"]}
        """;

    private static readonly TimeSpan Life = TimeSpan.FromDays(7);

    /// <summary>Whether a request came with the page's own token.</summary>
    public static bool IsOf(HttpContext context) =>
        context.Features.Get<Grant>() is { Key.Length: > 0 } grant && grant.Name.StartsWith(NamePrefix, StringComparison.Ordinal);

    public IEnumerable<Route> Routes() =>
    [
        new("POST", Address, "Exchanges the single-use code of 'mcpworkers dashboard' for a token. Needs no token.", ExchangeAsync)
        {
            BodySchema = BodySchema,
            AnswerSchema = AnswerSchema,
        },
    ];

    private async Task ExchangeAsync(RouteCall call)
    {
        var body = await HttpBody.ReadObjectAsync(call.Context);
        string code = body["code"] is JsonValue value && value.TryGetValue(out string? text)
            ? text
            : throw new RefusedException(RefusalCode.InvalidArgument, "'code' is missing; it must be the code from the address that 'mcpworkers dashboard' printed.");
        if (codes.Take(code) is not { } scope)
        {
            await Refusal.WriteProblemAsync(
                call.Context, 401, "This code was used already, or is older than a minute. 'mcpworkers dashboard' prints an address with a new one.", "code_expired");
            return;
        }

        var now = time.GetUtcNow();
        await ForgetAsync(now, call.Aborted);
        var made = AccessToken.Make(NamePrefix + DataDirectory.NewId(12), scope, now, now + Life);
        await tokens.AddAsync(made.Stored);
        await known.ForgetAsync(call.Aborted);
        // No cache on the way may keep it.
        call.Context.Response.Headers.CacheControl = "no-store";
        await call.AnswerAsync(new JsonObject
        {
            ["token"] = made.Text,
            ["scope"] = scope.ToWire(),
            ["expires_at"] = (now + Life).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        });
    }

    /// <summary>Each visit leaves a token behind, and nobody revokes those: they go when they are over, and the oldest of too many.</summary>
    private async Task ForgetAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ours = (await tokens.ListAsync(cancellationToken)).Where(token => token.Name.StartsWith(NamePrefix, StringComparison.Ordinal) && token.Expires is not null).ToList();
        foreach (var token in ours.Where((token, index) => token.Expires <= now || index <= ours.Count - SessionsMax))
        {
            await tokens.RemoveAsync(token.Name);
        }
    }
}
