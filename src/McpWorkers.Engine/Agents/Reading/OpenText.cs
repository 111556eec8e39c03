using System.Text;

namespace McpWorkers.Engine.Agents.Reading;

/// <summary>A text that arrives in pieces and has not ended yet. Holds a bounded part of it: an agent can talk for ever.</summary>
internal sealed class OpenText
{
    /// <summary>In characters: as much as a line may hold with agents that say a text in one line.</summary>
    public const int LengthMax = 8 * 1024 * 1024;

    private readonly StringBuilder _text = new();
    private bool _full;

    public bool IsEmpty => _text.Length == 0;

    /// <summary>Returns false once: when this piece is the first that is not kept.</summary>
    public bool Append(string piece)
    {
        if (!_full && _text.Length + piece.Length <= LengthMax)
        {
            _text.Append(piece);
            return true;
        }

        bool wasFull = _full;
        _full = true;
        return wasFull;
    }

    /// <summary>Gives the text until here and begins anew.</summary>
    public string Take()
    {
        string text = _text.ToString();
        _text.Clear();
        _full = false;
        return text;
    }
}
