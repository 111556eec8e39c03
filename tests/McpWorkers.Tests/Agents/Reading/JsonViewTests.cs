using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Agents.Reading;
using Xunit;

namespace McpWorkers.Tests.Agents.Reading;

public sealed class JsonViewTests
{
    [Fact]
    public void Random_objects_read_as_the_platforms_own_reader_reads_them()
    {
        var random = new Random(20261121);
        for (int i = 0; i < 2000; i++)
        {
            var node = (JsonObject)Make(random, 4, isObject: true)!;
            byte[] line = Encoding.UTF8.GetBytes(node.ToJsonString(new JsonSerializerOptions { WriteIndented = i % 5 == 0 }));

            Assert.True(JsonView.TryReadObject(line, out var view));
            AssertSame(node, view);
        }
    }

    [Fact]
    public void Values_whose_ends_are_known_read_the_same()
    {
        var random = new Random(20261122);
        var known = new LongValues();
        for (int i = 0; i < 300; i++)
        {
            var node = (JsonObject)Make(random, 4, isObject: true)!;
            node["long"] = new JsonArray(new JsonObject { ["a"] = new string('"', random.Next(2000)), ["b"] = Make(random, 5, isObject: true), ["c"] = "end" });
            node["many"] = new JsonArray([.. Enumerable.Range(0, 100).Select(n => (JsonNode)new string('x', n * 5))]);
            node["last"] = "here";
            byte[] line = Encoding.UTF8.GetBytes(" " + node.ToJsonString());

            Assert.True(JsonView.TryReadObject(line, out var view, known));
            AssertSame(node, view);
        }
    }

    [Fact]
    public void An_object_cut_at_any_byte_is_no_object_and_never_throws()
    {
        byte[] line = """{"a":"x\u00e9\ud83d\ude00\"y","b":[1,{"c":[true,null,"}"]}],"é":-1.5e3}"""u8.ToArray();
        for (int length = 0; length < line.Length; length++)
        {
            Assert.False(JsonView.TryReadObject(line.AsSpan(0, length), out _));
        }

        Assert.True(JsonView.TryReadObject(line, out var whole));
        Assert.Equal("xé😀\"y", whole["a"u8].AsString());
    }

    [Fact]
    public void Any_changed_byte_is_read_without_throwing()
    {
        byte[] line = """{"type":"a\u00e9\\","b":[1,{"c":[true,null,"}"]}],"d":-1.5e3,"e":"x"}"""u8.ToArray();
        var random = new Random(7);
        for (int i = 0; i < 50_000; i++)
        {
            byte[] broken = [.. line];
            broken[random.Next(broken.Length)] = (byte)random.Next(256);
            broken[random.Next(broken.Length)] = (byte)random.Next(256);
            if (JsonView.TryReadObject(broken, out var view))
            {
                Visit(view, 0);
            }
        }
    }

    [Fact]
    public void A_hundred_thousand_levels_are_passed_over()
    {
        string deep = string.Concat(Enumerable.Repeat("[", 100_000)) + string.Concat(Enumerable.Repeat("]", 100_000));

        Assert.True(JsonView.TryReadObject(Encoding.UTF8.GetBytes($"{{\"deep\":{deep},\"type\":\"x\"}}"), out var view));
        Assert.True(view["type"u8].Is("x"u8));
        Assert.False(JsonView.TryReadObject(Encoding.UTF8.GetBytes($"{{\"deep\":{deep[..^1]},\"type\":\"x\"}}"), out _));
    }

    [Fact]
    public void A_ten_megabyte_key_is_passed_over()
    {
        byte[] line = Encoding.UTF8.GetBytes($"{{\"{new string('k', 10_000_000)}\":1,\"type\":\"x\"}}");

        Assert.True(JsonView.TryReadObject(line, out var view));
        Assert.True(view["type"u8].Is("x"u8));
    }

    [Theory]
    [InlineData("""{"a":1e400}""")]
    [InlineData("""{"a":99999999999999999999999}""")]
    [InlineData("""{"a":-}""")]
    [InlineData("""{"a":1.2.3}""")]
    [InlineData("""{"a":"1"}""")]
    public void A_number_that_is_none_or_too_large_reads_as_absent(string json)
    {
        Assert.True(JsonView.TryReadObject(Encoding.UTF8.GetBytes(json), out var view));
        Assert.Null(view["a"u8].AsLong());
    }

    [Theory]
    [InlineData("""\ud83d""", "\uFFFD")]
    [InlineData("""\ude00x""", "\uFFFDx")]
    [InlineData("""\ud83d\ud83d\ude00""", "\uFFFD😀")]
    [InlineData("""\uZZZZ""", "\uFFFDZZZZ")]
    [InlineData("""\u12""", "\uFFFD12")]
    [InlineData("""\q\/""", "\uFFFD/")]
    public void Broken_escapes_become_the_replacement_character(string inside, string expected) =>
        Assert.Equal(expected, JsonText.Decode(Encoding.UTF8.GetBytes(inside)));

    [Fact]
    public void Of_duplicate_keys_the_first_one_counts_and_an_escaped_key_is_found()
    {
        Assert.True(JsonView.TryReadObject("""{"t\u0079pe":1,"type":2}"""u8, out var view));
        Assert.Equal(1, view["type"u8].AsLong());
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{} {}")]
    [InlineData("{\"a\":[1}")]
    [InlineData("null")]
    public void What_is_no_single_object_is_not_taken_for_one(string line) =>
        Assert.False(JsonView.TryReadObject(Encoding.UTF8.GetBytes(line), out _));

    private static void AssertSame(JsonNode? node, JsonView view)
    {
        switch (node)
        {
            case null:
                Assert.Equal(JsonKind.Null, view.Kind);
                break;
            case JsonObject fields:
                int count = 0;
                foreach (var field in view)
                {
                    count++;
                    Assert.True(fields.ContainsKey(field.Name));
                    AssertSame(fields[field.Name], field.Value);
                }

                Assert.Equal(fields.Count, count);
                break;
            case JsonArray items:
                int index = 0;
                foreach (var item in view)
                {
                    AssertSame(items[index++], item.Value);
                }

                Assert.Equal(items.Count, index);
                break;
            default:
                AssertSameValue(node.AsValue(), view);
                break;
        }
    }

    private static void AssertSameValue(JsonValue value, JsonView view)
    {
        if (value.TryGetValue(out string? text))
        {
            Assert.Equal(text, view.AsString());
        }
        else if (value.TryGetValue(out bool flag))
        {
            Assert.Equal(flag, view.AsBool());
        }
        else
        {
            Assert.Equal(value.GetValue<long>(), view.AsLong());
        }
    }

    private static void Visit(JsonView view, int depth)
    {
        _ = view.AsString();
        _ = view.AsLong();
        _ = view.AsDecimal();
        _ = view.Preview(5);
        foreach (var entry in view)
        {
            _ = entry.Name;
            Visit(entry.Value, depth + 1);
        }
    }

    private static JsonNode? Make(Random random, int depth, bool isObject = false)
    {
        switch (isObject ? 0 : random.Next(depth > 0 ? 6 : 4) switch { 4 => 0, 5 => 1, var other => other + 2 })
        {
            case 0:
                var fields = new JsonObject();
                for (int i = random.Next(6); i > 0; i--)
                {
                    fields[MakeText(random)] = Make(random, depth - 1);
                }

                return fields;
            case 1:
                return new JsonArray([.. Enumerable.Range(0, random.Next(5)).Select(_ => Make(random, depth - 1))]);
            case 2:
                return JsonValue.Create(MakeText(random));
            case 3:
                return JsonValue.Create(random.NextInt64(long.MinValue, long.MaxValue));
            case 4:
                return JsonValue.Create(random.Next(2) == 0);
            default:
                return null;
        }
    }

    private static string MakeText(Random random)
    {
        string[] pieces = ["a", "\"", "\\", "{", "}", "[", "]", ",", ":", "\n", "\0", "é", "😀", "\u2028", "/", " ", "\\u0041"];
        return string.Concat(Enumerable.Range(0, random.Next(8)).Select(_ => pieces[random.Next(pieces.Length)]));
    }
}
