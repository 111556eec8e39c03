using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace McpWorkers.Engine.Settings.Reading;

/// <summary>
/// Reads a YAML text into items. Built on the parser's events, not on YamlDotNet's own document model: that one ends at the first
/// repeated key, and then the file's other mistakes stay unsaid.
/// </summary>
internal sealed class YamlFile
{
    private const int DepthMax = 32;

    private readonly Parser _parser;
    private readonly Dictionary<string, YamlItem> _anchors = [];

    private YamlFile(string text) => _parser = new(new StringReader(text));

    /// <summary>The root; null for a file with nothing but comments.</summary>
    /// <exception cref="YamlException">It is no YAML, or more of YAML than settings need.</exception>
    public static YamlItem? Parse(string text)
    {
        var file = new YamlFile(text);
        try
        {
            return file.Document();
        }
        catch (InvalidOperationException e)
        {
            // YamlDotNet 16.3 answers so where a key follows an open bracket: it has lost the token that it would name.
            var (start, end) = file._parser.Current is { } last ? (last.Start, last.End) : (Mark.Empty, Mark.Empty);
            throw new YamlException(start, end, "The text ends too early, or a bracket is not closed.", e);
        }
    }

    private YamlItem? Document()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _))
        {
            return null;
        }

        _parser.Consume<DocumentStart>();
        var root = Item(0);
        _parser.Consume<DocumentEnd>();
        return _parser.Accept<DocumentStart>(out var second)
            ? throw new YamlException(second.Start, second.End, "A second document begins here; one is allowed.")
            : root is YamlItem.Scalar { IsNull: true } ? null : root;
    }

    private YamlItem Item(int depth)
    {
        var next = _parser.Current!;
        if (depth > DepthMax)
        {
            throw new YamlException(next.Start, next.End, $"Nested deeper than {DepthMax} levels.");
        }

        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            return _anchors.TryGetValue(alias.Value.Value, out var known)
                ? known
                : throw new YamlException(alias.Start, alias.End, $"The alias *{alias.Value.Value} has no anchor before it.");
        }

        var node = (NodeEvent)next;
        var item = Node(depth);
        if (!node.Anchor.IsEmpty)
        {
            _anchors[node.Anchor.Value] = item;
        }

        return item;
    }

    private YamlItem Node(int depth)
    {
        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            return new YamlItem.Scalar(scalar.Value, scalar.Style == ScalarStyle.Plain, scalar.Start.Line);
        }

        if (_parser.TryConsume<SequenceStart>(out var sequence))
        {
            List<YamlItem> items = [];
            while (!_parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(Item(depth + 1));
            }

            return new YamlItem.Sequence(items, sequence.Start.Line);
        }

        var mapping = _parser.Consume<MappingStart>();
        List<(YamlItem.Scalar, YamlItem)> pairs = [];
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var at = _parser.Current!;
            var key = Item(depth + 1) as YamlItem.Scalar ?? throw new YamlException(at.Start, at.End, "A key must be a plain text.");
            pairs.Add((key, Item(depth + 1)));
        }

        return new YamlItem.Mapping(pairs, mapping.Start.Line);
    }
}
