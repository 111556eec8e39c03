using System.Text;
using System.Text.Json;
using McpWorkers.Engine.Execution.Output;
using Xunit;

namespace McpWorkers.Tests.Execution.Output;

public sealed class LineShortenerTests
{
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 1000 };

    private static readonly Dictionary<string, string> Small = new()
    {
        ["type"] = "result", ["subtype"] = "success", ["session_id"] = "0123-4567", ["uuid"] = "a\\\"b\\u00e4",
    };

    [Fact]
    public void Json_stays_json_and_keeps_its_small_fields()
    {
        for (int seed = 0; seed < 150; seed++)
        {
            string line = new RandomJson(seed).Object(Small);
            using var whole = JsonDocument.Parse(line, Deep);
            byte[] bytes = Encoding.UTF8.GetBytes(line);
            byte[] shortened = Shorten(bytes, [bytes.Length]);
            Assert.True(shortened.Length <= LineShortener.LineBytesMax);
            using var read = Parse(shortened, seed);
            foreach (string name in Small.Keys)
            {
                Assert.Equal(whole.RootElement.GetProperty(name).GetString(), read.RootElement.GetProperty(name).GetString());
            }

            var random = new Random(seed);
            Assert.Equal(shortened, Shorten(bytes, [.. Enumerable.Range(0, 50).Select(_ => random.Next(1, 1 + (bytes.Length / 20)))]));
        }
    }

    [Fact]
    public void Every_boundary_between_two_pieces_gives_the_same()
    {
        byte[] line = Encoding.UTF8.GetBytes(
            $$"""{ "a" : "{{new string('x', 4090)}}ä€😀\ud83d\ude00\n\\\"end", "b":[1,{"c":"{{new string('y', 5000)}}\\"}], "type":"t" }""");
        byte[] whole = Shorten(line, [line.Length]);
        Assert.True(whole.Length < line.Length);
        for (int at = 0; at <= line.Length; at++)
        {
            Assert.Equal(whole, Shorten(line, [at, line.Length - at]));
        }
    }

    [Theory]
    [InlineData("\\ud83d\\ude00")]
    [InlineData("\\\\")]
    [InlineData("\\u00e4")]
    [InlineData("€")]
    [InlineData("😀")]
    public void Cut_parts_no_character_and_no_escape(string unit)
    {
        for (int before = 0; before < 13; before++)
        {
            string text = new string('x', before) + string.Concat(Enumerable.Repeat(unit, 5000));
            byte[] line = Encoding.UTF8.GetBytes($$"""{"text":"{{text}}","type":"end"}""");
            using var read = Parse(Shorten(line, [line.Length]), before);
            string cut = read.RootElement.GetProperty("text").GetString()!;
            Assert.EndsWith("…", cut, StringComparison.Ordinal);
            Assert.StartsWith(cut[..^1], JsonDocument.Parse(line).RootElement.GetProperty("text").GetString(), StringComparison.Ordinal);
            Assert.Equal("end", read.RootElement.GetProperty("type").GetString());
        }
    }

    [Fact]
    public void Small_containers_behind_a_huge_one_are_kept()
    {
        string element = $$"""{"type":"text","text":"{{new string('z', 3000)}}"}""";
        string content = string.Join(',', Enumerable.Repeat(element, 3000));
        byte[] line = Encoding.UTF8.GetBytes(
            $$$$"""{"message":{"content":[{{{{content}}}}],"usage":{"in":1,"out":{"a":2,"b":3}}},"usage":{"x":4,"y":5},"type":"assistant"}""");
        using var read = Parse(Shorten(line, [line.Length]), 0);
        var message = read.RootElement.GetProperty("message");
        Assert.InRange(message.GetProperty("content").GetArrayLength(), 50, 100);
        Assert.Equal("""{"in":1,"out":{"a":2,"b":3}}""", message.GetProperty("usage").GetRawText());
        Assert.Equal("""{"x":4,"y":5}""", read.RootElement.GetProperty("usage").GetRawText());
        Assert.Equal("assistant", read.RootElement.GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("x")]
    [InlineData("{")]
    [InlineData("{:")]
    [InlineData("{\"\"")]
    [InlineData("{[]")]
    [InlineData("{}")]
    [InlineData("}")]
    [InlineData("{\"a\":{\"b\":")]
    [InlineData("{\"a\":1,")]
    [InlineData("{\"\\")]
    [InlineData("\\ud800")]
    [InlineData("[[[[")]
    public void Garbage_without_end_gives_no_more_than_the_bound(string unit)
    {
        var shortener = new LineShortener();
        byte[] piece = Encoding.UTF8.GetBytes("{\"" + string.Concat(Enumerable.Repeat(unit, 5000)));
        for (int i = 0; i < 400; i++)
        {
            shortener.Add(piece.AsSpan(i == 0 && unit[0] == '\\' ? 0 : 2));
        }

        Assert.InRange(shortener.Line.Length, 1, LineShortener.LineBytesMax);
    }

    [Fact]
    public void Broken_utf8_without_end_is_cut_too()
    {
        byte[] line = [.. "{\"a\":\""u8, .. Enumerable.Repeat((byte)0x80, 3_000_000), .. "\",\"type\":\"t\"}"u8];
        Assert.InRange(Shorten(line, [line.Length]).Length, 4096, 4200);
    }

    [Fact]
    public void What_is_no_json_gives_its_beginning_and_parts_no_character()
    {
        byte[] line = Encoding.UTF8.GetBytes("a" + new string('€', 100_000));
        string read = Encoding.UTF8.GetString(Shorten(line, [line.Length]));
        Assert.Equal("a" + new string('€', 1365), read);
        Assert.Equal("[1,2", Encoding.UTF8.GetString(Shorten("[1,2"u8.ToArray(), [4])));
    }

    [Fact]
    public void What_stands_behind_an_object_does_not_pass_for_one()
    {
        byte[] line = Encoding.UTF8.GetBytes("""{"a":1} {"b":2} and more""");
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(Shorten(line, [line.Length])));
    }

    [Fact]
    public void Memory_does_not_grow_with_the_line()
    {
        var shortener = new LineShortener();
        byte[] piece = Encoding.UTF8.GetBytes(new string('x', 100_000));
        shortener.Add("{\"text\":\""u8);
        shortener.Add(piece);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 2000; i++)
        {
            shortener.Add(piece);
        }

        shortener.Add("\",\"type\":\"t\"}"u8);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000);
        using var read = Parse(shortener.Line.ToArray(), 0);
        Assert.Equal("t", read.RootElement.GetProperty("type").GetString());
    }

    private static JsonDocument Parse(byte[] line, int seed)
    {
        try
        {
            return JsonDocument.Parse(line, Deep);
        }
        catch (JsonException e)
        {
            throw new InvalidOperationException($"Case {seed}: {e.Message} {Encoding.UTF8.GetString(line)[..Math.Min(line.Length, 500)]}", e);
        }
    }

    /// <summary>Fed in pieces of these lengths, the last of which stands for all that follow.</summary>
    private static byte[] Shorten(ReadOnlySpan<byte> line, int[] lengths)
    {
        var shortener = new LineShortener();
        for (int piece = 0; !line.IsEmpty; piece++)
        {
            int count = Math.Min(line.Length, piece < lengths.Length ? lengths[piece] : line.Length);
            shortener.Add(line[..count]);
            line = line[count..];
        }

        return shortener.Line.ToArray();
    }
}
