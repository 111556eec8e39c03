using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Copilot;

/// <summary>What copilot says of a failed model call or a failed session.</summary>
/// <param name="IsTransport">The connection failed or was cut: there is no status.</param>
internal sealed record CopilotFailure(int? Status, string ErrorType, string Message, bool IsTransport)
{
    /// <summary>Counted from 0.</summary>
    public int Attempt { get; init; }

    /// <summary>It is about a limit that ends by itself: too many requests, or an allowance that is used up.</summary>
    public bool IsLimit => ErrorType == "quota" || Kind() == FailureKind.RateLimited;

    public AgentVerdict.Failed ToVerdict() => new(Kind(), LastWords.Shorten(Message));

    private FailureKind Kind() => Status is not null ? ServiceStatus.ToFailure(Status) : ErrorType switch
    {
        "authentication" or "authentication_error" => FailureKind.Authentication,
        "rate_limit" or "rate_limit_error" => FailureKind.RateLimited,
        "quota" => FailureKind.Budget,
        _ => IsTransport ? FailureKind.ServiceUnavailable : ServiceStatus.OfMessage(Message),
    };
}
