using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace McpWorkers.Engine.Execution.Containers.Api;

/// <summary>What an answer or a broken connection means. Pure.</summary>
internal static class EngineFaults
{
    private const int WordsMax = 600;

    // Podman answers 500 where Docker has a status for it; only its words tell them apart.
    private static readonly string[] NotFoundWords =
        [
            "no such container", "no such image", "no such exec", "no such network", "no container with name", "image not known", "network not found", "unable to find network",
            "manifest unknown", "repository does not exist",
        ];

    private static readonly string[] ConflictWords =
        ["already in use", "is in use", "container state improper", "is not running", "can only kill running", "cannot kill"];

    private static readonly string[] RefusedWords =
        ["attempted to invoke a command that was not found", "executable file not found", "no such file or directory: oci"];

    /// <param name="call">What was asked for, such as <c>create</c>.</param>
    public static EngineException OfStatus(string address, string call, HttpStatusCode status, string body)
    {
        string words = WordsOf(body);
        return new(FaultOf(status, words), $"The container engine at {address} refused '{call}' ({(int)status}): {(words.Length == 0 ? "it says no more" : words)}");
    }

    public static EngineFault FaultOf(HttpStatusCode status, string words) => status switch
    {
        HttpStatusCode.NotFound => EngineFault.NotFound,
        HttpStatusCode.Conflict => EngineFault.Conflict,
        >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError => EngineFault.Refused,
        >= HttpStatusCode.InternalServerError => FaultOf(words),
        _ => EngineFault.BadAnswer,
    };

    /// <summary>Of an error that came without a status, as within a pull.</summary>
    public static EngineFault FaultOf(string words) =>
        Says(words, NotFoundWords) ? EngineFault.NotFound
        : Says(words, ConflictWords) ? EngineFault.Conflict
        : Says(words, RefusedWords) ? EngineFault.Refused
        : EngineFault.Failed;

    /// <summary>Its own words: <c>{"message"}</c>, or plain text as Podman says of a path that it does not know.</summary>
    public static string WordsOf(string body)
    {
        string words = body;
        try
        {
            words = JsonSerializer.Deserialize(body, EngineJson.Default.WireError)?.Message ?? body;
        }
        catch (JsonException)
        {
            // Plain text.
        }

        words = words.Trim();
        return words.Length > WordsMax ? words[..WordsMax] + "…" : words;
    }

    /// <summary>The connection could not be made, or broke.</summary>
    public static EngineException OfConnection(EngineAddress address, string call, Exception e)
    {
        if (e is HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse })
        {
            return new(EngineFault.BadAnswer, $"What listens at {address} is no container engine: {e.Message}", e);
        }

        return new(EngineFault.Unreachable, $"No container engine answers at {address} ({WhyNot(address, e)}) to '{call}'.", e);
    }

    public static EngineException OfSilence(string address, string call, TimeSpan bound) =>
        new(EngineFault.Unreachable, $"The container engine at {address} did not answer '{call}' within {bound.TotalSeconds:0} s.");

    public static EngineException OfNonsense(string address, string call, string what, Exception? e = null) =>
        new(EngineFault.BadAnswer, $"The container engine at {address} answered '{call}' with something that is no answer: {what}", e);

    private static string WhyNot(EngineAddress address, Exception e)
    {
        for (var at = e; at is not null; at = at.InnerException)
        {
            if (at is SocketException socket)
            {
                return socket.SocketErrorCode switch
                {
                    SocketError.ConnectionRefused => "nobody listens there",
                    SocketError.AccessDenied => $"this user may not open it; be in the group that owns {address.Socket ?? "it"}, or use an engine of your own such as rootless Podman",
                    SocketError.AddressNotAvailable or SocketError.HostNotFound when address.Socket is null => "there is no such host",
                    _ when address.Socket is not null && !File.Exists(address.Socket) => "there is no such socket",
                    _ => socket.Message,
                };
            }
        }

        return e.InnerException?.Message ?? e.Message;
    }

    private static bool Says(string words, string[] any) => any.Any(w => words.Contains(w, StringComparison.OrdinalIgnoreCase));
}
