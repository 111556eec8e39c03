using System.Text.Json;
using McpWorkers.Engine.Requests.Policy.Shell;

namespace McpWorkers.Engine.Requests.Policy;

/// <summary>Reads the call of a tool that runs a line of the shell.</summary>
internal static class ShellCallReader
{
    public static ToolCall Read(ToolCall call, JsonElement input)
    {
        var tool = ToolTable.Find(call.Tool)!;
        string? text = null;
        string? doubt = ToolTable.CallsOthers(call.Tool) ? $"'{call.Tool}' has a language of its own" : null;
        foreach (var property in input.EnumerateObject())
        {
            if (LookAlikes.InWord(property.Name, "a property") is { } odd)
            {
                return call with { Suspicion = odd };
            }

            if (property is { Name: ToolTable.Command, Value.ValueKind: JsonValueKind.String })
            {
                text = property.Value.GetString();
            }
            else if (tool.Paths.Contains(property.Name) && property.Value.ValueKind == JsonValueKind.String)
            {
                call = In(call, property.Value.GetString()!);
            }
            else if (property.Name == ToolTable.Command || !tool.Inert.Contains(property.Name))
            {
                doubt ??= ToolCallReader.DoubtOf(property);
            }
        }

        if (string.IsNullOrWhiteSpace(text))
        {
            return call with { Suspicion = "its input names no command" };
        }

        var line = ShellParser.Parse(text);
        return call with
        {
            Line = line,
            Doubt = doubt ?? line.Doubt,
            Suspicion = call.Suspicion ?? LookAlikes.InText(text, "the command") ?? line.Commands.Select(c => c.Words).Concat(line.Hidden).Select(SuspicionOf).FirstOrDefault(s => s is not null),
        };
    }

    private static ToolCall In(ToolCall call, string directory)
    {
        var used = UsedPath.Of(directory, call.Place!, Below.All);
        return used.Spelled is [var whole]
            ? call with { Place = call.Place!.At(whole), Paths = [used], Suspicion = LookAlikes.InName(directory, "the directory") }
            : call with { Suspicion = "it is not sure in which directory it is" };
    }

    private static string? SuspicionOf(IReadOnlyList<ShellWord> words)
    {
        int first = ShellUnwrapping.FirstOf(words);
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i].Text;
            // Escapes such as $'\u200b' are taken away by now.
            string? odd = LookAlikes.InText(word, "a word of the command");
            if (i <= first || word.StartsWith('-'))
            {
                odd ??= word.AsSpan().IndexOfAny(' ', '\n') < 0 || i == first ? LookAlikes.InWord(word, "the command or option") : null;
            }
            else if (word.AsSpan().IndexOfAny(" \t\n") < 0)
            {
                // With blanks it is a text, such as a message: anything may stand in it.
                odd ??= LookAlikes.InName(word, "a word of the command");
            }

            if (odd is not null)
            {
                return odd;
            }
        }

        return null;
    }
}
