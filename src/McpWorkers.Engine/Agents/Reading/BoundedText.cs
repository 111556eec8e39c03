using System.Globalization;
using System.Text;

namespace McpWorkers.Engine.Agents.Reading;

/// <summary>Text put together from pieces, in constant memory: of too much of it the head and the tail are kept, and the gap is said.</summary>
/// <param name="charactersMax">Half of it for the head, half for the tail.</param>
internal sealed class BoundedText(int charactersMax)
{
    private readonly StringBuilder _head = new();
    private readonly Queue<string> _tail = new();
    private int _tailLength;
    private long _left;

    public bool IsEmpty => _head.Length == 0 && _tail.Count == 0;

    public bool IsCut => _left > 0;

    public void Append(string piece)
    {
        int half = charactersMax / 2;
        int fits = _tail.Count > 0 ? 0 : Math.Min(piece.Length, half - _head.Length);
        _head.Append(piece, 0, fits);
        if (fits < piece.Length)
        {
            string rest = piece[fits..];
            if (rest.Length > half)
            {
                _left += rest.Length - half;
                rest = rest[^half..];
            }

            _tail.Enqueue(rest);
            _tailLength += rest.Length;
        }

        while (_tailLength > half)
        {
            string oldest = _tail.Dequeue();
            _tailLength -= oldest.Length;
            _left += oldest.Length;
        }
    }

    public void Clear()
    {
        _head.Clear();
        _tail.Clear();
        (_tailLength, _left) = (0, 0);
    }

    public override string ToString()
    {
        var text = new StringBuilder().Append(_head);
        if (IsCut)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n[… {_left} characters left out …]\n");
        }

        foreach (string piece in _tail)
        {
            text.Append(piece);
        }

        return text.ToString();
    }
}
