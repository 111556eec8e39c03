using System.Text;
using System.Text.Json;

namespace McpWorkers.Daemon.Relay;

/// <summary>What a relay knows of a line: just enough to tell what is open. The line itself goes on as it came.</summary>
/// <param name="Id">The same for the same id, however it is escaped; null where there is none.</param>
/// <param name="Name">Of a tool; null elsewhere.</param>
/// <param name="About">The id of the request that a notification is about, in the form of <paramref name="Id"/>.</param>
/// <param name="Uri">Of a resource; null elsewhere.</param>
internal sealed record MessageHead(MessageKind Kind, string? Id, string? Method, string? Name, string? About, string? Uri)
{
    private static readonly MessageHead Unknown = new(MessageKind.Unknown, null, null, null, null, null);

    /// <summary>Never throws: a line that is no message is none of ours to judge.</summary>
    public static MessageHead Read(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject ? ReadObject(ref reader) : Unknown;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Unknown;
        }
    }

    /// <summary>An id as JSON text.</summary>
    public static string ToJson(string id) => id[0] == 's' ? $"\"{JsonEncodedText.Encode(id[1..])}\"" : id[1..];

    private static MessageHead ReadObject(ref Utf8JsonReader reader)
    {
        string? id = null, method = null, name = null, about = null, uri = null;
        bool isVersion2 = false, isAnswer = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("jsonrpc"u8))
            {
                reader.Read();
                isVersion2 = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("2.0"u8);
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                id = IdAt(ref reader);
            }
            else if (reader.ValueTextEquals("method"u8))
            {
                reader.Read();
                method = TextAt(ref reader);
            }
            else if (reader.ValueTextEquals("params"u8))
            {
                reader.Read();
                ReadParameters(ref reader, ref name, ref about, ref uri);
            }
            else
            {
                isAnswer |= reader.ValueTextEquals("result"u8) || reader.ValueTextEquals("error"u8);
                reader.Skip();
            }
        }

        var kind = !isVersion2 ? MessageKind.Unknown
            : method is not null ? id is null ? MessageKind.Notification : MessageKind.Request
            : isAnswer && id is not null ? MessageKind.Answer
            : MessageKind.Unknown;
        return new(kind, id, method, name, about, uri);
    }

    private static void ReadParameters(ref Utf8JsonReader reader, ref string? name, ref string? about, ref string? uri)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8))
            {
                reader.Read();
                name = TextAt(ref reader);
            }
            else if (reader.ValueTextEquals("uri"u8))
            {
                reader.Read();
                uri = TextAt(ref reader);
            }
            else if (reader.ValueTextEquals("requestId"u8))
            {
                reader.Read();
                about = IdAt(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static string? IdAt(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return "s" + reader.GetString();
            case JsonTokenType.Number:
                return "n" + Encoding.ASCII.GetString(reader.ValueSpan);
            default:
                reader.Skip();
                return null;
        }
    }

    private static string? TextAt(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.GetString();
        }

        reader.Skip();
        return null;
    }
}

internal enum MessageKind
{
    /// <summary>No message of JSON-RPC 2.0.</summary>
    Unknown,
    Request,
    Notification,
    Answer,
}
