using McpWorkers.Engine.Storage;

namespace McpWorkers.Http.Guard;

/// <summary>What a request may do, and by which token.</summary>
/// <param name="Name">The token's; for people's eyes.</param>
/// <param name="Key">Tells tokens apart without being one: what a session is bound to. Empty for requests that need no token.</param>
internal sealed record Grant(string Name, string Key, TokenScope Scope)
{
    /// <summary>On loopback, where the settings say that no token is needed: all but the rights of the admin.</summary>
    public static Grant Anonymous { get; } = new("(none)", "", TokenScope.Operate);

    public bool Allows(TokenScope needed) => Scope >= needed;
}

internal static class ScopeNames
{
    public static string ToWire(this TokenScope scope) => scope switch
    {
        TokenScope.Read => "read",
        TokenScope.Operate => "operate",
        TokenScope.Admin => "admin",
        _ => throw new ArgumentOutOfRangeException(nameof(scope), scope, null),
    };
}
