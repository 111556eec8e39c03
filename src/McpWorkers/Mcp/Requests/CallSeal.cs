using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Mcp.Requests;

/// <summary>A call that was answered with questions, as its client gives it back.</summary>
/// <param name="CallId">Under which its runs are stored.</param>
/// <param name="Arguments">What stands for the arguments that it was made with: see <see cref="ToolArguments.Digest"/>.</param>
/// <param name="Asked">The requests that were asked by the last answer.</param>
/// <param name="Left">Those that the client's user left to others.</param>
internal sealed record SealedCall(string CallId, string Tool, string Arguments, IReadOnlyList<string> Asked, IReadOnlyList<string> Left);

/// <summary>
/// Seals what goes through the client, which must not be able to change it. The key is kept in the data directory, so that a call goes on over a
/// restart of the host.
/// </summary>
internal sealed class CallSeal(string dataDirectory)
{
    private const int KeyBytes = 32;
    private const int StateMax = 64 * 1024;

    private readonly Lazy<byte[]> _key = new(() => KeyOf(dataDirectory));

    public string Seal(SealedCall call)
    {
        byte[] content = Encoding.UTF8.GetBytes(new JsonObject
        {
            ["call"] = call.CallId,
            ["tool"] = call.Tool,
            ["arguments"] = call.Arguments,
            ["asked"] = new JsonArray([.. call.Asked.Select(id => (JsonNode)id)]),
            ["left"] = new JsonArray([.. call.Left.Select(id => (JsonNode)id)]),
        }.ToJsonString());
        return $"{Base64Url.EncodeToString(content)}.{Base64Url.EncodeToString(HMACSHA256.HashData(_key.Value, content))}";
    }

    /// <summary>Null where it is none that this host has sealed.</summary>
    public SealedCall? Open(string state)
    {
        int dot = state.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || state.Length > StateMax || !Base64Url.IsValid(state.AsSpan(0, dot)) || !Base64Url.IsValid(state.AsSpan(dot + 1)))
        {
            return null;
        }

        byte[] content = Base64Url.DecodeFromChars(state.AsSpan(0, dot));
        byte[] seal = Base64Url.DecodeFromChars(state.AsSpan(dot + 1));
        if (!CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(_key.Value, content), seal))
        {
            return null;
        }

        // What is sealed was written by us.
        var json = JsonNode.Parse(content)!;
        return new((string)json["call"]!, (string)json["tool"]!, (string)json["arguments"]!, Texts(json["asked"]), Texts(json["left"]));
    }

    private static string[] Texts(JsonNode? list) => [.. list!.AsArray().Select(id => (string)id!)];

    private static byte[] KeyOf(string dataDirectory)
    {
        string path = Path.Combine(dataDirectory, "calls.key");
        try
        {
            if (File.Exists(path) && File.ReadAllBytes(path) is { Length: KeyBytes } kept)
            {
                return kept;
            }

            byte[] key = RandomNumberGenerator.GetBytes(KeyBytes);
            DataDirectory.WritePrivate(path, key);
            return key;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then calls go on for as long as this process lives.
            return RandomNumberGenerator.GetBytes(KeyBytes);
        }
    }
}
