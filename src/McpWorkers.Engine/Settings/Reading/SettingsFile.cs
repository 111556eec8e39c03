using System.Text;
using McpWorkers.Engine.Settings.Keys;
using YamlDotNet.Core;

namespace McpWorkers.Engine.Settings.Reading;

/// <summary>Reads one settings file.</summary>
internal static class SettingsFile
{
    /// <summary>Nobody writes more by hand; a device or a wrong file must not fill the memory.</summary>
    private const int BytesMax = 1024 * 1024;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Null where nothing could be read; the problems say why.</summary>
    public static SettingNode.Branch? Read(string path, KeyTable table, SettingsProblems problems)
    {
        try
        {
            using var file = File.OpenRead(path);
            byte[] bytes = new byte[BytesMax + 1];
            int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > BytesMax)
            {
                problems.Add($"{path}: is longer than {BytesMax} bytes, which no settings file is.");
                return null;
            }

            var text = bytes.AsSpan(0, length);
            return ReadText(path, Strict.GetString(text.StartsWith(Encoding.UTF8.Preamble) ? text[3..] : text), table, problems);
        }
        catch (DecoderFallbackException)
        {
            problems.Add($"{path}: is not UTF-8 text.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path}: cannot be read: {e.Message}");
        }

        return null;
    }

    /// <param name="called">How the text is named in messages.</param>
    public static SettingNode.Branch? ReadText(string called, string text, KeyTable table, SettingsProblems problems)
    {
        SettingOrigin At(long line) => new SettingOrigin.Line(called, line);
        try
        {
            switch (YamlFile.Parse(text))
            {
                case null:
                    return new(At(1));
                case YamlItem.Mapping mapping:
                    return new SettingsReader(At, problems).ReadMapping(mapping, table);
                case var other:
                    problems.Add(At(other.Line), $"keys with values are expected, such as '{table.Names.First()}: …'.");
                    return null;
            }
        }
        catch (YamlException e)
        {
            problems.Add(At(e.Start.Line), $"not valid YAML: {e.Message}");
            return null;
        }
    }
}
